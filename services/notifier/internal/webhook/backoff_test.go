package webhook

import (
	"testing"
	"time"
)

func TestPauseAfter_MoreThanADay(t *testing.T) {
	t.Parallel()
	var shortest time.Duration
	for attempts := 1; attempts < MaxAttempts; attempts++ {
		pause := pauseAfter(attempts)
		if pause < pauseAfter(max(1, attempts-1)) || pause > maxPause {
			t.Errorf("after %d attempts %s", attempts, pause)
		}
		shortest += pause / 2
	}
	if shortest < 24*time.Hour || shortest > 30*time.Hour {
		t.Errorf("all pauses take %s", shortest)
	}
	if pauseAfter(1) != 5*time.Second || restAfter(1) != time.Second || restAfter(100) != time.Minute {
		t.Errorf("%s, %s, %s", pauseAfter(1), restAfter(1), restAfter(100))
	}
}
