package desk

import (
	_ "embed"
	"net/http"

	"hexiao/hub/voucher"
)

const openapiPath = "/openapi.json"

// description is OpenAPI 3.1 of every route. A test holds it and the behaviour together.
//
//go:embed openapi.json
var description []byte

// answers are the four, in the order in which they are told.
var answers = []voucher.Answer{voucher.Final, voucher.Provisional, voucher.Refused, voucher.ScanAgain}

func (s *Server) describe(w http.ResponseWriter, r *http.Request) {
	shield(w, r)
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Write(description) // an error means that the caller has gone
}
