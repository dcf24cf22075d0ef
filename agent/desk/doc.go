// Package desk is the agent's door on loopback: what the till window and POS software ask and hear. It holds the words
// of that conversation (Answer, View, Event), the server that the agent opens, and the client that the window uses. It
// decides nothing: behind the door stands a Counter, which is agent.Terminal. It knows neither journal nor uplink.
package desk
