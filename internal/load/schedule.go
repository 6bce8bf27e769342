package load

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// A Schedule says when to run. The zero value is never.
type Schedule struct {
	text string
	cron cron.Schedule
}

// shortestPeriod is how often a source may be run at most.
const shortestPeriod = 10 * time.Second

// ParseSchedule reads five fields as cron has them (minute, hour, day of month, month, day
// of week; UTC), such as "3/15 * * * *", or an interval, such as "every 10m" or "10m".
func ParseSchedule(text string) (Schedule, error) {
	s := Schedule{text: strings.TrimSpace(text)}
	interval := strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(s.text, "@"), "every "))
	if every, err := time.ParseDuration(interval); err == nil {
		if every < shortestPeriod {
			return s, fmt.Errorf("schedule %q: at most every %v", text, shortestPeriod)
		}
		s.cron = cron.Every(every)
		return s, nil
	}
	var err error
	if s.cron, err = cron.ParseStandard("TZ=UTC " + s.text); err != nil || strings.HasPrefix(s.text, "TZ=") || strings.HasPrefix(s.text, "CRON_TZ=") {
		return Schedule{}, fmt.Errorf("schedule %q: must be five fields of cron, such as \"3/15 * * * *\" (UTC), or an interval, such as \"every 10m\"", text)
	}
	if s.Next(time.Unix(0, 0).UTC()).IsZero() {
		return Schedule{}, fmt.Errorf("schedule %q: there is no such time", text)
	}
	return s, nil
}

// String gives the schedule as it was written.
func (s Schedule) String() string { return s.text }

// Next is the first time after t, in UTC.
func (s Schedule) Next(t time.Time) time.Time { return s.cron.Next(t.UTC()) }

// Period is the time from the first run after t to the one after that: how long a run may
// take at most.
func (s Schedule) Period(t time.Time) time.Duration {
	first := s.Next(t)
	return s.Next(first).Sub(first)
}

// TimeLimit is how long the run that is due at t may take.
func (s Schedule) TimeLimit(t time.Time) time.Duration { return s.Period(t) * 8 / 10 }

// errTooLong ends a run that takes longer than it may.
var errTooLong = errors.New("the run took longer than its schedule allows")
