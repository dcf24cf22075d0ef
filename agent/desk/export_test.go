package desk

// AdoptPIN sets a PIN as LeavePIN does, hashed as often as this file's are.
func (f *SettingsFile) AdoptPIN(pin string) error {
	hash, err := hashPIN(pin, f.rounds)
	if err != nil {
		return err
	}
	f.trying.Lock()
	defer f.trying.Unlock()
	f.takePIN(hash)
	return nil
}
