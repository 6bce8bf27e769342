package fetch

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// A GraphQL is a request to a GraphQL server (https://spec.graphql.org, section 7.1 of
// the October 2021 edition for the answer).
type GraphQL struct {
	OperationName string `json:"operationName,omitempty"`
	Variables     any    `json:"variables,omitempty"`
	Query         string `json:"query"`
}

// A GraphQLError holds the errors that a GraphQL server gave, each once.
type GraphQLError struct {
	Status int      // of HTTP
	Codes  []string // those that the errors have, as "NOT_FOUND"
	text   string
}

func (e *GraphQLError) Error() string {
	if e.Status >= 300 {
		return fmt.Sprintf("(Status: %d) %s", e.Status, e.text)
	}
	return e.text
}

// GraphQL posts a request and decodes the member data of the answer into v. Errors that
// the server gives are a *GraphQLError; one that holds the text again, if that is not "",
// is tried again at once.
func (c *Client) GraphQL(ctx context.Context, rawURL string, q GraphQL, again string, v any) error {
	body, err := json.Marshal(q)
	if err != nil {
		return err
	}
	for try := 1; ; try++ {
		err := c.graphQL(ctx, rawURL, body, v)
		var refused *GraphQLError
		if try == maxTries || again == "" || !errors.As(err, &refused) || !strings.Contains(refused.text, again) {
			return err
		}
	}
}

func (c *Client) graphQL(ctx context.Context, rawURL string, body []byte, v any) error {
	var answer struct{ Data json.RawMessage }
	var text json.RawMessage
	header := http.Header{"Content-Type": {"application/json"}}
	_, err := c.JSON(ctx, http.MethodPost, rawURL, header, body, &text)
	status := http.StatusOK
	if refused := (*StatusError)(nil); errors.As(err, &refused) {
		status, text = refused.Code, refused.Body
	} else if err != nil {
		return err
	}
	if given := graphQLErrors(status, text); given != nil {
		return fmt.Errorf("POST %s: %w", MaskURL(rawURL), given)
	}
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, &answer); err != nil || len(answer.Data) == 0 {
		return fmt.Errorf("POST %s: the answer has no data", MaskURL(rawURL))
	}
	if err := json.Unmarshal(answer.Data, v); err != nil {
		return fmt.Errorf("POST %s: the data is not as expected: %w", MaskURL(rawURL), err)
	}
	return nil
}

// graphQLErrors gives the errors in an answer, or nil if there is no list of them.
func graphQLErrors(status int, text []byte) *GraphQLError {
	var answer struct {
		Errors *[]struct {
			Message, Code string
			Extensions    struct{ Code string }
		}
	}
	if json.Unmarshal(text, &answer) != nil || answer.Errors == nil {
		return nil
	}
	e := &GraphQLError{Status: status}
	var messages []string
	counts := map[string]int{}
	for _, one := range *answer.Errors {
		code := cmp.Or(one.Code, one.Extensions.Code)
		message := cmp.Or(one.Message, code, "[unknown error]")
		if counts[message]++; counts[message] > 1 {
			continue
		}
		messages = append(messages, message)
		if code != "" && !slices.Contains(e.Codes, code) {
			e.Codes = append(e.Codes, code)
		}
	}
	for i, message := range messages {
		messages[i] = fmt.Sprintf("%s (×%d)", message, counts[message])
	}
	e.text = strings.Join(messages, ", ")
	return e
}
