package api

import (
	"encoding/binary"
	"fmt"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"getmyvax.org/univaf/internal/limit"
)

// burstTime is how long a client may have been away to make up for it: so many seconds'
// requests may come at once.
const burstTime = 4

// A limited is a limit on what each client of a kind may ask for.
type limited struct {
	name    string
	policy  []string // RateLimit-Policy
	refused apiError
	buckets *limit.Limiter
}

// newLimited makes a limit of so many requests a second, nil if there is none.
func newLimited(name, who string, rate int, now time.Time) *limited {
	if rate == 0 {
		return nil
	}
	burst := rate * burstTime
	return &limited{
		name: name, policy: []string{fmt.Sprintf(`"%s";q=%d;w=%d`, name, burst, burstTime)}, buckets: limit.New(rate, burst, now),
		refused: apiError{
			Status: http.StatusTooManyRequests, Code: "too_many_requests",
			Message: fmt.Sprintf("Limit %q: %s may make %d requests a second, and %d at once; see Retry-After", name, who, rate, burst),
		},
	}
}

// limit counts the request and refuses it if there were too many: by key if it shows one,
// else by address. Who asks from where our proxies are, without a proxy that says for
// whom, is one of us.
func (s *Server) limit(w http.ResponseWriter, r *http.Request) error {
	if s.perAddress == nil && s.perKey == nil || r.URL.Path == "/health" || r.URL.Path == "/ready" {
		return nil
	}
	l, id := s.perKey, uint64(0)
	if key, known := s.keyHolder(r); known {
		id = binary.BigEndian.Uint64(key.Hash[:])
	} else if addr := s.client(r); addr.IsValid() && !s.isProxy(addr) {
		l, id = s.perAddress, network(addr)
	} else {
		return nil
	}
	if l == nil {
		return nil
	}
	left, ok := l.buckets.Take(id, s.Now())
	// draft-ietf-httpapi-ratelimit-headers-10. Something comes in every second.
	h := w.Header()
	setHeader(h, "Ratelimit-Policy", l.policy)
	setHeader(h, "Ratelimit", []string{`"` + l.name + `";r=` + strconv.Itoa(left) + `;t=1`})
	if !ok {
		return l.refused
	}
	return nil
}

// network is what counts as one client: an IPv4 address, or the 64 bits of an IPv6
// address that a customer of a provider has at the least.
func network(addr netip.Addr) uint64 {
	if addr.Is4() {
		a := addr.As4()
		return uint64(binary.BigEndian.Uint32(a[:])) // ::/32 is nobody's
	}
	a := addr.As16()
	return binary.BigEndian.Uint64(a[:])
}

// client gives the address that the request comes from: the last in X-Forwarded-For that
// is none of our proxies'. What stands before it may be made up.
func (s *Server) client(r *http.Request) netip.Addr {
	addr := peer(r)
	lists := r.Header["X-Forwarded-For"]
	for i := len(lists) - 1; i >= 0; i-- {
		for list, more := lists[i], true; more && s.isProxy(addr); {
			last := list
			if comma := strings.LastIndexByte(list, ','); comma >= 0 {
				list, last = list[:comma], list[comma+1:]
			} else {
				more = false
			}
			forwarded, ok := parseAddress(strings.TrimSpace(last))
			if !ok {
				return addr
			}
			addr = forwarded
		}
	}
	return addr
}

// peer gives the address of the other end of the connection, the zero Addr if it has none.
func peer(r *http.Request) netip.Addr {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return at.Addr().Unmap().WithZone("")
}

func (s *Server) isProxy(addr netip.Addr) bool {
	for _, prefix := range s.Proxies {
		if prefix.Contains(addr) {
			return true
		}
	}
	return false
}

// parseAddress reads an address as proxies write it: some add the port.
func parseAddress(text string) (netip.Addr, bool) {
	addr, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(text, "["), "]"))
	if err != nil {
		var at netip.AddrPort
		at, err = netip.ParseAddrPort(text)
		addr = at.Addr()
	}
	return addr.Unmap().WithZone(""), err == nil
}
