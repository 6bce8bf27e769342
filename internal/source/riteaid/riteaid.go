// Package riteaid reads what Rite Aid told of its pharmacies, Bartell Drugs among them,
// in three ways: SMART Scheduling Links, an API for partners, and the website on which
// people booked. The chain is closed; what speaks the same protocols can still be read.
package riteaid

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/fetch"
	"getmyvax.org/univaf/internal/source"
	"getmyvax.org/univaf/internal/usa"
)

const (
	provider = "rite_aid"
	bartell  = "bartell"
	retired  = "Rite Aid closed all its stores in 2025"
)

// states are those in which Rite Aid had stores.
var states = []string{
	"CA", "CT", "DE", "ID", "MA", "MD", "MI", "NH", "NJ", "NV", "NY", "OH", "OR", "PA", "VA", "VT", "WA",
}

// statesOf gives the states that are asked for, or all that had stores.
func statesOf(q source.Query) []string {
	if len(q.States) > 0 {
		return q.States
	}
	return states
}

// bartellNumber is of the stores of Bartell Drugs, whose own numbers have two digits.
var bartellNumber = regexp.MustCompile(`^69(\d\d)$`)

// storeIDs gives the ids by which a store is known.
func storeIDs(number string) univaf.ExternalIDs {
	number = source.Unpad(number)
	ids := univaf.ExternalIDs{{System: provider, Value: number}}
	if found := bartellNumber.FindStringSubmatch(number); found != nil {
		ids = append(ids, univaf.ExternalID{System: bartell, Value: source.Unpad(found[1])})
	}
	return ids
}

// storeName names a store by its ids: upstream calls all of them "Rite Aid".
func storeName(ids univaf.ExternalIDs) string {
	if number := idIn(ids, bartell); number != "" {
		return "Bartell Drugs #" + number
	}
	if number := idIn(ids, provider); number != "" {
		return "Rite Aid #" + number
	}
	return "Rite Aid"
}

// idIn gives the first id in a system, or "".
func idIn(ids univaf.ExternalIDs, system string) string {
	for _, id := range ids {
		if id.System == system {
			return id.Value
		}
	}
	return ""
}

// phone reads a number that may be missing.
func phone(text *string) (string, error) {
	if text == nil || *text == "" {
		return "", nil
	}
	return usa.ParsePhone(*text)
}

// county gives that of a ZIP code, or "".
func county(code string) string {
	zip, _ := usa.ByZIP(code)
	return zip.County
}

// badStore says why a store is skipped; id is the name of the member that has its number.
func badStore(raw json.RawMessage, id string, err error) error {
	var members map[string]json.RawMessage
	_ = json.Unmarshal(raw, &members) // what is no object has no number
	return &source.RecordError{Kind: "invalid store", ID: source.Sample(members[id]), Err: err, Sample: source.Sample(raw)}
}

// A question is what ask asks.
type question struct {
	url    string
	header http.Header
	secret string // in header: an answer may repeat it, an error must not
	schema source.Schema
}

// ask reads an answer of the form that API and website share: one that succeeds, and is
// as the schema has it, is decoded into v.
func ask(ctx context.Context, env source.Env, q question, v any) error {
	var answer json.RawMessage
	_, err := env.Fetch.JSON(ctx, http.MethodGet, q.url, q.header, nil, &answer)
	var status *fetch.StatusError
	if errors.As(err, &status) {
		if why := q.refusal(status.Body); why != "" {
			return fmt.Errorf("%w: %s", err, why)
		}
	}
	if err != nil {
		return err
	}
	if why := q.refusal(answer); why != "" {
		return fmt.Errorf("GET %s: %s", fetch.MaskURL(q.url), why)
	}
	if err := q.schema.Decode(answer, v); err != nil {
		return fmt.Errorf("GET %s: the answer is not of the form that was expected: %w", fetch.MaskURL(q.url), err)
	}
	return nil
}

// refusal says why an answer gives nothing, as "ERROR RA0005: Something went wrong"; "" if
// it does not say so.
func (q question) refusal(answer []byte) string {
	var a struct{ Status, ErrCde, ErrMsg text }
	if json.Unmarshal(answer, &a) != nil || a.Status == "" || a.Status == "SUCCESS" {
		return ""
	}
	why := fmt.Sprintf("%s %s: %s", a.Status, cmp.Or(a.ErrCde, "without a code"), cmp.Or(a.ErrMsg, "no reason given"))
	if q.secret != "" {
		why = strings.ReplaceAll(why, q.secret, "masked")
	}
	return source.Sample(why)
}

// A text is a JSON string, or the JSON of anything else but null.
type text string

func (t *text) UnmarshalJSON(data []byte) error {
	if json.Unmarshal(data, (*string)(t)) != nil {
		*t = text(data)
	}
	return nil
}
