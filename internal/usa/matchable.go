package usa

import (
	"regexp"
	"slices"
	"strings"
)

var (
	possessive  = regexp.MustCompile(`['’]s `)
	punctuation = regexp.MustCompile("[.,;\\-–—'\"“”‘’`!()/\\\\]+")
	spaces      = regexp.MustCompile(space + `+`)
	lineBreak   = regexp.MustCompile(`,|\n|` + space + `+-` + space + `+`)
	digit       = regexp.MustCompile(`\d`)
)

// Matchable makes texts that people write differently compare: without case,
// punctuation and more white space than needed.
func Matchable(text string) string {
	text = possessive.ReplaceAllString(strings.ToLower(text), " ")
	text = punctuation.ReplaceAllString(text, " ")
	return collapse(text)
}

func collapse(text string) string { return strings.TrimSpace(spaces.ReplaceAllString(text, " ")) }

// MatchableLines gives the lines of an address that stands in one text, by its commas,
// line breaks and dashes between spaces.
func MatchableLines(text string) []string { return lineBreak.Split(text, -1) }

// MatchableAddress makes addresses compare as Matchable does, with one word for what has
// several ("Hwy", "Highway") and none for what people leave out ("Street", "Suite"). The
// name of a building in the first line is left out. Words at either end stay as they are.
func MatchableAddress(lines ...string) string {
	return addressWords(Matchable(strings.Join(withoutName(lines), " ")))
}

// MatchableLine is MatchableAddress of one line alone, counted from 0 without the name of
// a building; "" if there is none.
func MatchableLine(i int, lines ...string) string {
	if lines = withoutName(lines); i >= len(lines) {
		return ""
	}
	return addressWords(Matchable(lines[i]))
}

func withoutName(lines []string) []string {
	if len(lines) > 1 && !digit.MatchString(lines[0]) {
		return lines[1:]
	}
	return lines
}

func addressWords(text string) string {
	for _, r := range addressRules {
		text = r(text)
	}
	return collapse(text)
}

// addressRules are applied one after the other, each once. A rule takes words with a
// space on either side, so of two equal neighbours, which share one, it takes the first.
var addressRules = slices.Concat(
	renamed("interstate", "i"),
	renamed("expressway", "expy"),
	renamed("freeway", "fwy"),
	renamed("highway", "hwy"),
	renamed("", "u s|us"),
	renamed("route", "s r|sr|st rt|state route|state road", "rt"),
	renamed("turnpike", "tpk|tpke|pike"),
	renamed("fort", "ft"),
	renamed("mount", "mt"),
	renamed("mountain", "mtn"),
	renamed("", "is|isl|island"),
	renamed("northwest", "nw|n w"),
	renamed("southwest", "sw|s w"),
	renamed("northeast", "ne|n e"),
	renamed("southeast", "se|s e"),
	renamed("north", "n"),
	renamed("south", "s"),
	renamed("east", "e"),
	renamed("west", "w"),
	renamed("", "av|ave", "avenu|avenue", "dr", "drive", "rd", "road", "st", "street", "saint", "blvd", "boulevard",
		"ln", "lane", "cir", "circle", "ct", "court", "cor", "corner", "cmn|common|commons", "ctr", "center",
		"pl", "place", "plz", "plaza", "pky|pkwy", "parkway", "cswy", "causeway", "byp", "bypass", "mall",
		"xing|crssng", "crossing", "sq", "square", "tr|trl", "trail", "twp|twsp|townsh|township"),
	renamed("estates", "est|estate"),
	renamed("", "vlg", "village"),
	numbered(`(?:ste|suite|unit|apt|apartment) ?#?`, `(?:bld|bldg) ?#?`, `#`),
	renamed("", "&|and"),
	renamed("1st", "first"),
	renamed("2nd", "second"),
	renamed("3rd", "third"),
	renamed("4th", "fourth"),
	renamed("5th", "fifth"),
	renamed("6th", "sixth"),
	renamed("7th", "seventh"),
	renamed("8th", "eighth"),
	renamed("9th", "ninth"),
	renamed("10th", "tenth"),
)

// renamed makes a rule of each list of words: any of them becomes the word given.
func renamed(to string, lists ...string) (rules []func(string) string) {
	to = " " + to + " "
	if to == "  " {
		to = " "
	}
	for _, list := range lists {
		var pairs []string
		for word := range strings.SplitSeq(list, "|") {
			pairs = append(pairs, " "+word+" ", to)
		}
		rules = append(rules, strings.NewReplacer(pairs...).Replace)
	}
	return rules
}

// numbered makes a rule of each pattern: it goes, the number behind it stays.
func numbered(patterns ...string) (rules []func(string) string) {
	for _, p := range patterns {
		found := regexp.MustCompile(` ` + p + ` ?(\d+) `)
		rules = append(rules, func(text string) string { return found.ReplaceAllString(text, " $1 ") })
	}
	return rules
}
