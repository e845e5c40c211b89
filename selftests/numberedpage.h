/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pages that can be told in a dump: page_fill makes them, vmcore_read counts them.
 */
#ifndef NUMBEREDPAGE_H
#define NUMBEREDPAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define PAGE_BYTES	4096
#define PAGE_WORDS	(PAGE_BYTES / sizeof(uint64_t))

/* word[0] is the nonce, word[1] the number, the last the sum of those before. */
struct numbered_page {
	uint64_t word[PAGE_WORDS];
};

static inline uint64_t page_sum(const struct numbered_page *page)
{
	uint64_t sum = 0;
	unsigned int i;

	for (i = 0; i < PAGE_WORDS - 1; i++)
		sum = (sum << 7 | sum >> 57) ^ page->word[i];
	return sum;
}

/* All of it depends on both, no page is like another. */
static inline void page_make(struct numbered_page *page, uint64_t nonce,
			     uint64_t number)
{
	uint64_t x = nonce + number;
	unsigned int i;

	page->word[0] = nonce;
	page->word[1] = number;
	for (i = 2; i < PAGE_WORDS - 1; i++) {
		x = x * 6364136223846793005ULL + 1442695040888963407ULL;
		page->word[i] = x;
	}
	page->word[PAGE_WORDS - 1] = page_sum(page);
}

/* Is it one, intact or not? */
static inline bool page_is_numbered(const struct numbered_page *page,
				    uint64_t nonce, uint64_t count)
{
	return page->word[0] == nonce && page->word[1] < count;
}

#endif
