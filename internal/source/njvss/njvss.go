// Package njvss reads the appointments of New Jersey's Vaccine Scheduling System.
package njvss

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/fetch"
	"getmyvax.org/univaf/internal/source"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

const (
	sourceName = "univaf-njvss"

	// The state has its system write what is left into an S3 bucket.
	region    = "us-east-1"
	reportURL = "https://njvss-pinpoint-reports.s3." + region + ".amazonaws.com/njvss-available-appointments.csv?x-id=GetObject"

	ownID, ownKey = "NJVSS_AWS_KEY_ID", "NJVSS_AWS_SECRET_KEY"
	// What AWS's own tools read. The third is for keys that hold for some hours.
	awsID, awsKey, awsSession = "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"
)

// Source is the source of the state's report.
var Source = source.Definition{
	Name:        "njvss",
	Help:        "Places in New Jersey that use the state's Vaccine Scheduling System, by its report.",
	New:         func(env source.Env) source.Source { return &report{env} },
	Names:       []string{sourceName},
	Schedule:    "0/15 * * * *",
	States:      []string{"NJ"},
	Credentials: []string{ownID + "|" + awsID, ownKey + "|" + awsKey},
}

type report struct{ env source.Env }

// Records makes one request and holds the report whole.
func (s *report) Records(ctx context.Context, _ source.Query) iter.Seq2[univaf.Update, error] {
	return func(yield func(univaf.Update, error) bool) {
		text, changed, err := s.read(ctx)
		if err != nil {
			yield(univaf.Update{}, err)
			return
		}
		for r, err := range rows(text) {
			var u *univaf.Update
			if err == nil {
				u, err = s.update(r, changed)
			}
			if err != nil && !yield(univaf.Update{}, err) || u != nil && !yield(*u, nil) {
				return
			}
		}
	}
}

// read gives the report and when it was made; the zero time if that is not said.
func (s *report) read(ctx context.Context) (text string, changed time.Time, err error) {
	header, err := s.sign(ctx)
	if err != nil {
		return "", changed, err
	}
	text, got, err := s.env.Fetch.Text(ctx, reportURL, header)
	if err != nil {
		return "", changed, explain(err)
	}
	if err := fetch.RefuseHTML(got, []byte(text)); err != nil {
		return "", changed, fmt.Errorf("%s: %w", reportURL, err)
	}
	last := got.Get("Last-Modified")
	changed, err = http.ParseTime(last)
	if err != nil {
		s.env.Warn(source.Warning{Kind: "invalid time", ID: "Last-Modified", Sample: source.Sample(last)})
		changed = time.Time{}
	}
	return text, changed, nil
}

// sign gives the headers that let S3 know who asks: AWS Signature Version 4. It holds for
// a quarter of an hour, so for all tries.
func (s *report) sign(ctx context.Context) (http.Header, error) {
	keys := aws.Credentials{
		AccessKeyID:     cmp.Or(s.env.Getenv(ownID), s.env.Getenv(awsID)),
		SecretAccessKey: cmp.Or(s.env.Getenv(ownKey), s.env.Getenv(awsKey)),
	}
	if keys.AccessKeyID == "" || keys.SecretAccessKey == "" {
		return nil, fmt.Errorf("njvss needs keys of AWS: set %s (or %s) and %s (or %s)", ownID, awsID, ownKey, awsKey)
	}
	if s.env.Getenv(ownID) == "" {
		keys.SessionToken = s.env.Getenv(awsSession)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, reportURL, nil)
	if err != nil {
		return nil, err
	}
	none := sha256.Sum256(nil) // of the body, which is empty
	hash := hex.EncodeToString(none[:])
	req.Header.Set("X-Amz-Content-Sha256", hash)
	if err := v4.NewSigner().SignHTTP(ctx, keys, req, hash, "s3", region, s.env.Now()); err != nil {
		return nil, errors.New("njvss: the request can't be signed")
	}
	return req.Header, nil
}

// explain adds the code with which S3 refuses, e.g. SignatureDoesNotMatch. What else it
// says shows the key.
func explain(err error) error {
	var status *fetch.StatusError
	var why struct{ Code string }
	if errors.As(err, &status) && xml.Unmarshal(status.Body, &why) == nil && why.Code != "" {
		return fmt.Errorf("%w: %s", err, source.Sample(why.Code))
	}
	return err
}
