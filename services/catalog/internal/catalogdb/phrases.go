package catalogdb

// part is a part of texts that may be a phrase.
type part struct {
	members members
	count   int
}

// candidates are the parts of one text that begin at its characters and all have
// the same length.
type candidates struct {
	text   text
	starts []int // of the characters, and the end of the text
	parts  []*part
}

// phrasesOf returns the phrases of the texts of a block, whose grams are given.
// A part of a text can be a phrase only if the parts without its last and without
// its first character are phrases, or grams of as many products: so few parts are
// counted in vain.
func phrasesOf(texts []text, grams map[gram]members, g grouping) map[string]members {
	shorter := make(map[gram]*part, len(grams))
	for g, m := range grams {
		shorter[g] = &part{m, m.count()}
	}
	all := make([]candidates, len(texts))
	for i, t := range texts {
		all[i] = candidatesOf(t, shorter)
	}
	phrases := map[string]members{}
	for length := gramLength + 1; length <= longPhraseLength; length++ {
		found := map[string]*part{}
		for i := range all {
			all[i].lengthen(length, found, g)
		}
		for phrase, p := range found {
			if p.count >= g.minimum(length) {
				phrases[phrase] = p.members
			}
		}
	}
	return phrases
}

// candidatesOf returns the grams of three characters in a text.
func candidatesOf(t text, grams map[gram]*part) candidates {
	c := candidates{text: t, starts: make([]int, 0, len(t.searchText)+1)}
	var last [gramLength]rune
	for at, r := range t.searchText {
		c.starts = append(c.starts, at)
		last[0], last[1], last[2] = last[1], last[2], r
		if len(c.starts) >= gramLength {
			g := gram(last[0])<<(2*characterBits) | gram(last[1])<<characterBits | gram(last[2]) //nolint:gosec // no rune of a text is negative
			c.parts = append(c.parts, grams[g])                                                  // none of two lines
		}
	}
	c.starts = append(c.starts, len(t.searchText))
	return c
}

// lengthen adds a character to the parts that can then be phrases, and counts the
// text for each of them.
func (c *candidates) lengthen(length int, found map[string]*part, g grouping) {
	minimum := g.minimum(length)
	for i := range max(0, len(c.parts)-1) {
		left, right := c.parts[i], c.parts[i+1]
		c.parts[i] = nil
		if left == nil || right == nil || left.count < minimum || right.count < minimum {
			continue
		}
		key := c.text.searchText[c.starts[i]:c.starts[i+length]]
		p := found[key]
		if p == nil {
			p = &part{members: make(members, g.block/wordBits)}
			found[key] = p
		}
		if !p.members.has(c.text.number) {
			p.members.set(c.text.number)
			p.count++
		}
		c.parts[i] = p
	}
	c.parts = c.parts[:max(0, len(c.parts)-1)]
}
