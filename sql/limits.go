package sql

import (
	"strings"

	"github.com/leatdb/leat/sql/sqlerr"
)

// Limits bound what a statement may cost to parse. Exceeding one is 54001.
type Limits struct {
	Text    int // bytes of one text, whole scripts included
	Tokens  int // words of one text
	Nesting int // parentheses, subqueries, CASE, nested types
	Depth   int // depth of the finished tree: chains of operators
}

// DefaultLimits are those of Parse and its relatives.
var DefaultLimits = Limits{Text: 1 << 20, Tokens: 500_000, Nesting: 200, Depth: 10_000}

func tooDeep(pos int) *sqlerr.Error {
	return sqlerr.New(sqlerr.StatementTooComplex, "statement is nested too deeply").At(pos).
		WithHint("Split the statement, or name parts of it in WITH.")
}

// CheckEnvironment refuses an environment in which the TiDB parser's library
// would listen on a port or inject failures: any GO_FAILPOINTS* variable. main
// calls it with os.Getenv before anything else.
func CheckEnvironment(getenv func(string) string) error {
	var set []string
	for _, name := range []string{"GO_FAILPOINTS", "GO_FAILPOINTS_HTTP"} {
		if getenv(name) != "" {
			set = append(set, name)
		}
	}
	if len(set) == 0 {
		return nil
	}
	return sqlerr.New(sqlerr.ConfigFileError, "environment variable %s must not be set", strings.Join(set, " and ")).
		WithHint("It would switch on failure injection inside a library.")
}
