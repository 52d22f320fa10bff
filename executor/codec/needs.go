package codec

// Needs are the columns that are decoded, lent: those that were asked for, the
// NOT NULL ones and the timestamp.
func (d *Decoder) Needs() []bool { return d.need }

// Sides tells whether columns of the key and of the value are decoded. A side of
// which none is, is not looked into: so a decoder of some columns gives the rows
// that one of more columns gives, as long as both read the same sides and
// neither finds a bad record.
func (d *Decoder) Sides() (key, value bool) { return d.key.any, d.val.any }
