package sql

// Statements.
func (*QueryStmt) statement()       {}
func (*CreateSource) statement()    {}
func (*CreateType) statement()      {}
func (*CreateConnector) statement() {}
func (*CreateObject) statement()    {}
func (*Drop) statement()            {}
func (*AlterSource) statement()     {}
func (*AlterSystem) statement()     {}
func (*Insert) statement()          {}
func (*Update) statement()          {}
func (*Delete) statement()          {}
func (*Truncate) statement()        {}
func (*Copy) statement()            {}
func (*Explain) statement()         {}
func (*Describe) statement()        {}
func (*PrintTopic) statement()      {}
func (*QueryAction) statement()     {}
func (*WaitForJob) statement()      {}
func (*AssertTopic) statement()     {}
func (*AssertSchema) statement()    {}
func (*AssertValues) statement()    {}
func (*AssertSource) statement()    {}
func (*Transaction) statement()     {}
func (*SetVar) statement()          {}
func (*ResetVar) statement()        {}
func (*ShowVar) statement()         {}
func (*SetTransaction) statement()  {}
func (*SetConstraints) statement()  {}
func (*ShowObjects) statement()     {}
func (*Define) statement()          {}
func (*Undefine) statement()        {}
func (*RunScript) statement()       {}
func (*Spool) statement()           {}
func (*Prepare) statement()         {}
func (*Execute) statement()         {}
func (*Deallocate) statement()      {}
func (*DeclareCursor) statement()   {}
func (*Fetch) statement()           {}
func (*ClosePortal) statement()     {}
func (*Listen) statement()          {}
func (*Unlisten) statement()        {}
func (*Notify) statement()          {}
func (*Discard) statement()         {}
func (*Comment) statement()         {}
func (*Maintenance) statement()     {}
func (*LockTable) statement()       {}
func (*CallStmt) statement()        {}
func (*DoBlock) statement()         {}

// Bodies of a query.
func (*Query) body()  {}
func (*Select) body() {}
func (*SetOp) body()  {}
func (*Values) body() {}

// Items of FROM.
func (*Table) tableExpr()     {}
func (*Derived) tableExpr()   {}
func (*TableFunc) tableExpr() {}
func (*Join) tableExpr()      {}

// Expressions.
func (*Binary) expr()         {}
func (*Unary) expr()          {}
func (*Call) expr()           {}
func (*Cast) expr()           {}
func (*Case) expr()           {}
func (*In) expr()             {}
func (*InQuery) expr()        {}
func (*Between) expr()        {}
func (*Like) expr()           {}
func (*IsNull) expr()         {}
func (*IsBool) expr()         {}
func (*IsDistinct) expr()     {}
func (*Exists) expr()         {}
func (*ScalarSubquery) expr() {}
func (*ArraySubquery) expr()  {}
func (*ArrayCtor) expr()      {}
func (*MapCtor) expr()        {}
func (*StructCtor) expr()     {}
func (*StructAccess) expr()   {}
func (*FieldSelect) expr()    {}
func (*Subscript) expr()      {}
func (*Slice) expr()          {}
func (*Row) expr()            {}
func (*Lambda) expr()         {}
func (*AnyAll) expr()         {}
func (*Param) expr()          {}
func (*String) expr()         {}
func (*Number) expr()         {}
func (*Bool) expr()           {}
func (*Null) expr()           {}
func (*Default) expr()        {}
func (*TypedLiteral) expr()   {}
func (*AtTimeZone) expr()     {}
func (*Collate) expr()        {}
func (*ColumnRef) expr()      {}
func (*Star) expr()           {}
func (*StarOf) expr()         {}

// Position is the byte offset in the text.
func (n *Query) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *With) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *Lock) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *Select) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *SetOp) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *Values) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *Duration) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *WindowSpec) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *Table) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *Derived) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *TableFunc) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *Join) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *Within) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *Binary) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *Unary) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *Call) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *Over) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *Cast) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *Case) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *In) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *InQuery) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *Between) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *Like) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *IsNull) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *IsBool) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *IsDistinct) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *Exists) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *ScalarSubquery) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *ArraySubquery) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *ArrayCtor) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *MapCtor) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *StructCtor) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *StructAccess) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *FieldSelect) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *Subscript) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *Slice) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *Row) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *Lambda) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *AnyAll) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *Param) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *String) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *Number) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *Bool) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *Null) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *Default) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *TypedLiteral) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *AtTimeZone) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *Collate) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *ColumnRef) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *Star) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *StarOf) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *QueryStmt) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *CreateSource) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *CreateType) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *CreateConnector) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *CreateObject) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *Drop) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *AlterSource) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *AlterAction) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *AlterSystem) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *Insert) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *OnConflict) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *Assignment) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *Update) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *Delete) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *Truncate) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *Copy) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *CopyOption) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *Explain) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *Describe) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *PrintTopic) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *QueryAction) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *WaitForJob) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *AssertTopic) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *AssertSchema) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *AssertValues) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *AssertSource) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *Transaction) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *SetVar) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *ResetVar) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *ShowVar) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *SetTransaction) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *SetConstraints) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *ShowObjects) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *Define) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *Undefine) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *RunScript) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *Spool) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *Prepare) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *Execute) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *Deallocate) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *DeclareCursor) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *Fetch) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *ClosePortal) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *Listen) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *Unlisten) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *Notify) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *Discard) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *Comment) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *Maintenance) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *LockTable) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *CallStmt) Position() int { return n.Pos }

// Position is the byte offset in the text.
func (n *DoBlock) Position() int { return n.Pos }
