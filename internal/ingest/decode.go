package ingest

import (
	"fmt"
	"strings"

	"github.com/google/uuid"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/usa"
)

// Decode reads one update as senders give it and brings it into the form that the
// store keeps: states as USPS codes, ids in lower case. The warnings tell senders
// of what was let pass.
//
// The errors are a *univaf.SyntaxError or univaf.FieldErrors.
func Decode(data []byte) (u univaf.Update, warnings []string, err error) {
	u, ignored, err := univaf.DecodeUpdate(data)
	if err != nil {
		return u, nil, err
	}
	for _, pointer := range ignored {
		warnings = append(warnings, pointer+" is not a known field and was ignored")
	}
	return u, warnings, Normalise(&u)
}

// Normalise does what Decode does for an update that came in some other way. It
// gives univaf.FieldErrors.
func Normalise(u *univaf.Update) error {
	var errs univaf.FieldErrors
	switch id, ok := parseID(u.ID); {
	case ok:
		u.ID = id
	case len(u.ExternalIDs) > 0:
		u.ID = "" // senders put ids of their own there
	case u.ID != "":
		errs = append(errs, univaf.FieldError{Pointer: "/id", Message: "must be a UUID where there are no external_ids"})
	default:
		errs = append(errs, univaf.FieldError{Pointer: "/id", Message: "or external_ids is required, to say which location is meant"})
	}
	if u.State != "" {
		code, ok := usa.StateCode(u.State)
		if !ok {
			errs = append(errs, univaf.FieldError{
				Pointer: "/state",
				Message: fmt.Sprintf("must be the USPS code or the name of a US state or territory, not %q", u.State),
			})
		}
		u.State = code
	}
	return errs.Err()
}

// parseID reads a UUID in its usual form (RFC 9562, section 4).
func parseID(s string) (string, bool) {
	if len(s) != 36 {
		return "", false
	}
	id, err := uuid.Parse(s)
	return strings.ToLower(id.String()), err == nil
}
