package source

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// A Schema tells records that are as they always were from others.
type Schema struct{ compiled *jsonschema.Schema }

// MustSchema reads a JSON Schema (draft 2020-12). It panics if that is none: schemas are
// part of the program.
func MustSchema(text string) Schema {
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		panic(fmt.Sprintf("schema: %v", err))
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("schema.json", document); err != nil {
		panic(fmt.Sprintf("schema: %v", err))
	}
	return Schema{c.MustCompile("schema.json")}
}

// Decode checks a record and decodes it into v. The error says what is wrong with it.
func (s Schema) Decode(record json.RawMessage, v any) error {
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(record))
	if err != nil {
		return err
	}
	if err := s.compiled.Validate(document); err != nil {
		var invalid *jsonschema.ValidationError
		if errors.As(err, &invalid) {
			return explain(invalid)
		}
		return err
	}
	return json.Unmarshal(record, v)
}

// mostFaults is how many faults of a record are told.
const mostFaults = 5

// explain gives the faults in one line: where each is and what.
func explain(invalid *jsonschema.ValidationError) error {
	var faults []string
	leaves(invalid, func(e *jsonschema.ValidationError) {
		what := e.ErrorKind.LocalizedString(message.NewPrinter(language.English))
		faults = append(faults, "/"+strings.Join(e.InstanceLocation, "/")+": "+what)
	})
	slices.Sort(faults)
	if more := len(faults) - mostFaults; more > 0 {
		faults = append(faults[:mostFaults], fmt.Sprintf("and %d more", more))
	}
	return errors.New(strings.Join(faults, "; "))
}

func leaves(e *jsonschema.ValidationError, f func(*jsonschema.ValidationError)) {
	if len(e.Causes) == 0 {
		f(e)
	}
	for _, cause := range e.Causes {
		leaves(cause, f)
	}
}
