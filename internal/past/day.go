package past

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// ErrNoDay says that an archive has no files of a day.
var ErrNoDay = errors.New("the archive has no files of that day")

// placesWithin is how many days later the places may be from, of a day that has only a log.
const placesWithin = 31

// OpenDay finds the files of a day, 2006-01-02; "" is the newest one. Of a day with nothing
// but a log (the public archive kept nothing else before 2021-06-03) the places are those of
// the next day that has some, which Places then tells.
func OpenDay(ctx context.Context, files Files, date string) (*DayFiles, error) {
	if date == "" {
		var err error
		if date, err = newestDay(ctx, files); err != nil {
			return nil, err
		}
	}
	day, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return nil, fmt.Errorf("a day is given as 2006-01-02, not %q", date)
	}
	has, err := hasFile(ctx, files, FileName(locationsTable, date))
	if err != nil || has {
		return &DayFiles{Files: files, Date: date}, err
	}
	if has, err = hasFile(ctx, files, FileName(logTable, date)); err != nil {
		return nil, err
	}
	for i := 1; has && i <= placesWithin; i++ {
		later := day.AddDate(0, 0, i).Format(time.DateOnly)
		if found, err := hasFile(ctx, files, FileName(locationsTable, later)); err != nil || found {
			return &DayFiles{Files: files, Date: date, Places: later}, err
		}
	}
	return nil, fmt.Errorf("%w: there is no %s", ErrNoDay, FileName(locationsTable, date))
}

func hasFile(ctx context.Context, files Files, name string) (bool, error) {
	file, err := openSteady(ctx, files, name, func(int) {})
	if isMissing(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("%s: %w", name, err)
	}
	return true, file.Close()
}

func newestDay(ctx context.Context, files Files) (newest string, err error) {
	names, err := files.List(ctx, locationsTable+"/")
	if err != nil {
		return "", err
	}
	for _, name := range names {
		date, ok := strings.CutPrefix(name, locationsTable+"/"+locationsTable+"-")
		date, isFile := strings.CutSuffix(date, ".ndjson.gz")
		if _, err := time.Parse(time.DateOnly, date); ok && isFile && err == nil && date > newest {
			newest = date
		}
	}
	if newest == "" {
		return "", fmt.Errorf("%w: there is no %s", ErrNoDay, FileName(locationsTable, "DATE"))
	}
	return newest, nil
}
