package powercut

import "errors"

// ErrNoFUSE comes from Mount where no disk can be mounted; it says what to install.
var ErrNoFUSE = errors.New("no disk can be mounted here, so no power cut can be tried: /dev/fuse is needed (modprobe fuse; in a container --device /dev/fuse --cap-add SYS_ADMIN), and root or fusermount3 (apt-get install fuse3)")
