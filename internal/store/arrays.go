package store

import (
	"encoding/binary"
	"math"
)

// allBinary says that all parameters are in PostgreSQL's binary format.
var allBinary = []int16{1}

// oids are PostgreSQL's numbers of the types (catalog pg_type).
var oids = map[kind]uint32{boolean: 16, bigint: 20, text: 25, double: 701}

// arrays turns rows into one array a column, in PostgreSQL's binary format: the number
// of dimensions, whether there are NULLs, the type of the elements, of each dimension
// its length and first index, then the elements, each after its length (array_recv in
// src/backend/utils/adt/arrayfuncs.c).
func (t *table) arrays(rows [][]any) [][]byte {
	lists := make([][]byte, len(t.columns))
	for i, c := range t.columns {
		size := 0
		for _, row := range rows {
			size += 4 + valueSize(row[i])
		}
		b := make([]byte, 0, 20+size)
		for _, n := range []uint32{1, 1, oids[c.kind], uint32(len(rows)), 1} {
			b = binary.BigEndian.AppendUint32(b, n)
		}
		for _, row := range rows {
			if v := row[i]; v == nil {
				b = binary.BigEndian.AppendUint32(b, math.MaxUint32) // -1
			} else {
				b = appendValue(binary.BigEndian.AppendUint32(b, uint32(valueSize(v))), v)
			}
		}
		lists[i] = b
	}
	return lists
}

// valueSize is how long a value is in the binary format. Its type is one of those that
// the kinds stand for.
func valueSize(v any) int {
	switch v := v.(type) {
	case string:
		return len(v)
	case bool:
		return 1
	case int64, float64:
		return 8
	}
	return 0
}

func appendValue(b []byte, v any) []byte {
	switch v := v.(type) {
	case string:
		return append(b, v...)
	case bool:
		if v {
			return append(b, 1)
		}
		return append(b, 0)
	case int64:
		return binary.BigEndian.AppendUint64(b, uint64(v))
	case float64:
		return binary.BigEndian.AppendUint64(b, math.Float64bits(v))
	}
	return b
}
