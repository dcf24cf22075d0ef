// Package desk is the agent's door on loopback: what the till window and POS software ask and hear. It holds the words
// of that conversation (Answer, View, Event), the server that the agent opens, the client that the window uses, the
// plain page that does the same in a browser, and the description of it all (openapi.json). It decides nothing: behind
// the door stand a Counter and what goes with it (Shifts, Practice), which are agent.Terminal and the switch before it.
// Its own are the settings of the windows and the PIN that guards them. It knows neither journal nor uplink.
package desk
