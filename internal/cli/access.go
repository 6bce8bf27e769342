package cli

import (
	"net/netip"
	"net/url"
	"slices"
)

// privateRanges are where proxies usually stand: loopback, RFC 1918, RFC 4193.
var privateRanges = []netip.Prefix{
	netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128"), netip.MustParsePrefix("10.0.0.0/8"),
	netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"), netip.MustParsePrefix("fc00::/7"),
}

// maxRate is the most that a limit may let through in a second.
const maxRate = 1_000_000

// checkAccess checks the flags that say who may ask for how much, and whom to complain to.
func (c *serveCommand) checkAccess(s *settings) error {
	if c.RateLimit < 0 || c.RateLimit > maxRate {
		return usage("--rate-limit (UNIVAF_RATE_LIMIT) must be from 0 to %d requests a second, not %d", maxRate, c.RateLimit)
	}
	if c.KeyLimit < 0 || c.KeyLimit > maxRate {
		return usage("--key-rate-limit (UNIVAF_KEY_RATE_LIMIT) must be from 0 to %d requests a second, not %d", maxRate, c.KeyLimit)
	}
	s.proxies = slices.Clone(privateRanges)
	for _, text := range c.TrustedProxies {
		prefix, err := netip.ParsePrefix(text)
		if addr, notOne := netip.ParseAddr(text); notOne == nil {
			prefix, err = addr.Prefix(addr.BitLen())
		}
		if err != nil {
			return usage("--trusted-proxies (UNIVAF_TRUSTED_PROXIES) must be addresses or prefixes such as 203.0.113.0/24, not %q", text)
		}
		s.proxies = append(s.proxies, prefix)
	}
	if c.SecurityContact == "" {
		return nil
	}
	contact, err := url.Parse(c.SecurityContact)
	if err != nil || !slices.Contains([]string{"mailto", "https", "tel"}, contact.Scheme) || contact.Opaque+contact.Host == "" {
		return usage("--security-contact (UNIVAF_SECURITY_CONTACT) must be a URI such as mailto:security@example.org or https://example.org/security, not %q", c.SecurityContact)
	}
	return nil
}
