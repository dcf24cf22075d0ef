package main

import "testing"

// TrustedInstaller's identifier is the same on every Windows and stands in Microsoft's own texts.
func TestTheIdentifierOfAServicesAccount(t *testing.T) {
	const want = "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"
	if got := serviceSID("TrustedInstaller"); got != want {
		t.Errorf("serviceSID = %s, want %s", got, want)
	}
}

func TestTheDataFolderIsNobodyElses(t *testing.T) {
	want := "D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;" + serviceSID("hexiao-agent") + ")(A;OICI;FA;;;OW)"
	if got := folderRights(serviceName); got != want {
		t.Errorf("folderRights = %s, want %s", got, want)
	}
}
