package desk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"hexiao/hub/voucher"
)

// ErrUnreachable: no agent answers at the address. What was asked may or may not have been done when the line broke in
// the middle; the day's list tells.
var ErrUnreachable = errors.New("the agent cannot be reached")

// Client speaks to one agent's desk. It is safe for concurrent use and opens nothing until it is asked something. Its
// errors are *Error when the desk refused the request, and wrap ErrUnreachable when nothing answered.
type Client struct {
	base  string
	token string
	http  *http.Client
}

// NewClient makes a client for a desk such as "http://127.0.0.1:7373".
func NewClient(url, token string) *Client {
	transport := &http.Transport{ // no proxy: the desk is on this machine, whatever the environment says
		DialContext:         (&net.Dialer{Timeout: 3 * time.Second}).DialContext,
		MaxIdleConnsPerHost: 4,
		IdleConnTimeout:     idleWait / 2,
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Client{base: strings.TrimRight(url, "/"), token: token,
		http: &http.Client{Transport: transport, Timeout: answerWait, CheckRedirect: stay}}
}

// URL is the desk's address.
func (c *Client) URL() string { return c.base }

// Redeem asks for one sale; it blocks until there is an answer, at most the campaign's patience and the disk.
func (c *Client) Redeem(ctx context.Context, s Sale) (Answer, error) {
	var a Answer
	return a, c.call(ctx, "POST", "/v1/redemptions", s, &a)
}

// Void undoes a good redemption.
func (c *Client) Void(ctx context.Context, id voucher.RedemptionID) (Answer, error) {
	var a Answer
	return a, c.call(ctx, "POST", "/v1/redemptions/"+url.PathEscape(id.String())+"/void", nil, &a)
}

// Scan hands over what a keyboard scanner has typed; the answer comes as an event.
func (c *Client) Scan(ctx context.Context, text string) error {
	return c.call(ctx, "POST", "/v1/scans", map[string]string{"text": text}, nil)
}

// SetBill sets the bill at hand; 0 clears it.
func (c *Client) SetBill(ctx context.Context, b Bill) error {
	return c.call(ctx, "PUT", "/v1/bill", b, nil)
}

// Day lists the redemptions of a civil day ("2023-12-11") in the campaign's zone, oldest first; "" is today.
func (c *Client) Day(ctx context.Context, day string) ([]Line, error) {
	var lines []Line
	return lines, c.call(ctx, "GET", "/v1/redemptions?day="+url.QueryEscape(day), nil, &lines)
}

// Search is Day with only those lines that q finds (see Matching); "" finds all.
func (c *Client) Search(ctx context.Context, day, q string) ([]Line, error) {
	var lines []Line
	return lines, c.call(ctx, "GET", "/v1/redemptions?"+url.Values{"day": {day}, "q": {q}}.Encode(), nil, &lines)
}

// Status gives the state of the till now.
func (c *Client) Status(ctx context.Context) (View, error) {
	var v View
	return v, c.call(ctx, "GET", "/v1/status", nil, &v)
}

// ErrNotWhole: the till's record is damaged; the error says where.
var ErrNotWhole = errors.New("the journal is not whole")

// Verify has the agent read its whole journal again. The error wraps ErrNotWhole when it is damaged.
func (c *Client) Verify(ctx context.Context) error {
	var found check
	if err := c.call(ctx, "GET", "/v1/journal/check", nil, &found); err != nil {
		return err
	}
	if !found.Whole {
		return fmt.Errorf("%w: %s", ErrNotWhole, found.Problem)
	}
	return nil
}

// Export copies the agent's whole journal, one JSON object a line.
func (c *Client) Export(ctx context.Context, to io.Writer) error {
	answer, err := c.ask(ctx, "GET", "/v1/journal", nil)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return c.take(answer, nil)
	}
	if _, err := io.Copy(to, answer.Body); err != nil {
		return fmt.Errorf("copy the journal: %w", err)
	}
	return nil
}

func (c *Client) call(ctx context.Context, method, path string, body, to any) error {
	answer, err := c.ask(ctx, method, path, body)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	return c.take(answer, to)
}

func (c *Client) ask(ctx context.Context, method, path string, body any) (*http.Response, error) {
	var sent io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return nil, fmt.Errorf("ask the desk: %w", err)
		}
		sent = bytes.NewReader(raw)
	}
	return c.send(ctx, method, path, "application/json", sent)
}

func (c *Client) send(ctx context.Context, method, path, kind string, sent io.Reader) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, method, c.base+path, sent)
	if err != nil {
		return nil, fmt.Errorf("ask the desk: %w", err)
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	r.Header.Set("Content-Type", kind)
	answer, err := c.http.Do(r)
	if err != nil {
		return nil, fmt.Errorf("%w at %s: %w", ErrUnreachable, c.base, err)
	}
	return answer, nil
}

func (c *Client) take(answer *http.Response, to any) error {
	raw, err := io.ReadAll(io.LimitReader(answer.Body, 64<<20))
	if err != nil {
		return fmt.Errorf("%w at %s: %w", ErrUnreachable, c.base, err)
	}
	if answer.StatusCode >= 300 {
		e := &Error{Status: answer.StatusCode}
		if json.Unmarshal(raw, e) != nil || e.Text.En == "" {
			e.Text = voucher.Text{Zh: "在 " + c.base + " 回应的不是核销服务。", En: "What answers at " + c.base + " is not the agent."}
		}
		return e
	}
	if to == nil {
		return nil
	}
	if err := json.Unmarshal(raw, to); err != nil {
		return fmt.Errorf("read the desk's answer: %w", err)
	}
	return nil
}
