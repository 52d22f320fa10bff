package batch

// Validate checks that b is exactly one batch that a producer may send: length, magic, checksum, codec, counts, no
// control or transactional bits, and every record readable. limit bounds the batch's bytes and, sixteenfold, its
// uncompressed records; 0 takes DefaultLimit for both.
func Validate(b []byte, limit int) error {
	return validate(b, limit, false)
}

// ValidateKeyed is Validate for a compacted topic: a record without a key is a fault too.
func ValidateKeyed(b []byte, limit int) error {
	return validate(b, limit, true)
}

func validate(b []byte, limit int, keyed bool) error {
	if err := ValidateEnvelope(b, limit); err != nil {
		return err
	}
	output := DefaultLimit
	if limit > 0 {
		output = min(16*limit, DefaultLimit)
	}
	return validateRecords(b, output, keyed)
}

// ValidateEnvelope is Validate without a look at the records.
func ValidateEnvelope(b []byte, limit int) error {
	if err := validateSize(b, limit); err != nil {
		return err
	}
	if Magic(b) == 2 && !ChecksumOK(b) {
		return invalid("checksum mismatch")
	}
	return validateHeader(b)
}

// ValidateBuilt is ValidateEnvelope of a batch that a Builder of this process made, whose checksum is not computed
// once more: readers compare it.
func ValidateBuilt(b []byte, limit int) error {
	if err := validateSize(b, limit); err != nil {
		return err
	}
	return validateHeader(b)
}

func validateSize(b []byte, limit int) error {
	n := Size(b)
	if n == 0 || n != len(b) {
		return invalid("length %d of %d bytes", n, len(b))
	}
	if limit > 0 && n > limit {
		return invalid("%d bytes exceed the limit of %d", n, limit)
	}
	return nil
}

func validateHeader(b []byte) error {
	if Magic(b) != 2 {
		return invalid("magic %d", Magic(b))
	}
	if CodecOf(b) > Zstd {
		return invalid("unknown %v", CodecOf(b))
	}
	if attributes(b)&(attrControl|attrTransactional) != 0 {
		return invalid("control or transactional batch")
	}
	count := Count(b)
	if count < 1 || LastOffsetDelta(b) != count-1 {
		return invalid("%d records with last offset delta %d", count, LastOffsetDelta(b))
	}
	return nil
}

func validateRecords(b []byte, limit int, keyed bool) error {
	var r Reader
	var rec Record
	if err := r.Reset(b, limit); err != nil {
		return err
	}
	base := BaseOffset(b)
	for at := int64(0); r.Next(&rec); at++ {
		if rec.Offset != base+at {
			return invalid("record %d has offset delta %d", at, rec.Offset-base)
		}
		if keyed && rec.Key == nil {
			return invalid("record %d of a compacted topic has no key", at)
		}
	}
	return r.Err()
}
