/* SPDX-License-Identifier: MIT */
/*
 * Writing an archive: the document, each disk as blocks with their checksums, the end mark. A thread
 * writes the blocks while the next ones are read.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "backends/xva/xva_image.h"
#include "backends/xva/xva_private.h"
#include "backends/xva/xva_stream.h"
#include "backends/xva/xva_tar.h"
#include "objects/base/clock.h"
#include "objects/base/thread.h"

#define AHEAD 8	   /* number of a disk's blocks that are read or written at the same time */
#define ASK_MS 250 /* ms between calls of the caller's watch while the writing thread works */

struct writer {
	struct xva_out *out;
	const struct xva_watch *watch;
	int64_t done; /* bytes of disks that are done */
	bool dense;   /* every block of a disk is written, even one of zeros */
	struct image_read reads[AHEAD];
};

/*
 * The blocks of a disk on the way from the image to the archive, counted as they are read: the block with the count k
 * is in reads[k % AHEAD]. The calling thread reads the blocks and hands them to a second thread, which writes them to
 * the archive in their order.
 */
struct blocks {
	struct writer *w;
	const struct xva_disk *d;
	struct xva_image *image;
	int64_t next; /* number of the block that is looked at next */
	size_t begun; /* number of reads that were begun */
	pthread_t thread;
	bool runs;
	atomic_bool stop; /* the thread ends after its present block */
	/* Guards the members below, which the writing thread uses, too. */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	size_t handed, written;
	int64_t at; /* bytes of the disk up to the end of the last block written */
	/* ended: the caller hands over no more blocks; failed: the thread has ended with @err */
	bool ended, failed;
	struct vxe_error err; /* error of the thread */
};

static int put_member(struct writer *w, const char *name, const void *data, size_t n, int64_t mtime,
	struct vxe_error *err)
{
	static const unsigned char zeros[TAR_RECORD];
	unsigned char header[TAR_RECORD];

	tar_header(name, n, mtime, header);
	if (out_write(w->out, header, sizeof(header), err) < 0 ||
		out_write(w->out, data, n, err) < 0)
		return -1;
	return out_write(w->out, zeros, -n % TAR_RECORD, err);
}

static int put_block(
	struct writer *w, const char *id, const struct image_read *r, struct vxe_error *err)
{
	char name[TAR_NAME_MAX + 1], sum[SUM_TEXT_MAX + 1];

	snprintf(name, sizeof(name), "%s/%08" PRId64, id, r->number);
	if (put_member(w, name, r->buf, r->n, 0, err) < 0)
		return -1;
	snprintf(name, sizeof(name), "%s/%08" PRId64 "%s", id, r->number, sum_xxhash.suffix);
	sum_xxhash.text(r->buf, r->n, sum);
	return put_member(w, name, sum, strlen(sum), 0, err);
}

static int64_t block_at(int64_t offset)
{
	return offset / (int64_t)XVA_BLOCK;
}

static int watch(struct writer *w, int64_t done, struct vxe_error *err)
{
	return w->watch && w->watch->tick ? w->watch->tick(w->watch->ctx, done, err) : 0;
}

/*
 * Raises *number to the next block of the disk, from *number on, that may hold data. The last block counts as one,
 * because it is always written.
 */
static int next_block(
	struct xva_image *image, const struct xva_disk *d, int64_t *number, struct vxe_error *err)
{
	int64_t last = block_at(d->size - 1), offset = *number * (int64_t)XVA_BLOCK;

	while (*number < last) {
		int64_t length;
		bool zero;

		if (image_io_extent(image, offset, &length, &zero, err) < 0)
			return -1;
		if (!zero)
			break;
		offset += length;
		*number = block_at(offset) < last ? block_at(offset) : last;
	}
	return 0;
}

static int64_t last_block(const struct xva_disk *d)
{
	return block_at(d->size - 1);
}

/*
 * The first block of a disk shows the size of blocks, the last one the end of the disk: these two
 * are always written, the others only if they hold data.
 */
static int put_handed(struct blocks *b, const struct image_read *r, struct vxe_error *err)
{
	bool must = b->w->dense || r->number == 0 || r->number == last_block(b->d);

	return must || !all_zero(r->buf, r->n) ? put_block(b->w, b->d->id, r, err) : 0;
}

/* ---- the thread ------------------------------------------------------------------------------- */

/*
 * The watch callback of the writing thread, which only looks at @stop: the caller's own callback must run in the
 * caller's thread.
 */
static int go_on(void *ctx, int64_t done, struct vxe_error *err)
{
	const struct blocks *b = ctx;

	(void)done;
	return b->stop ? vxe_fail_internal(err, "stopped") : 0;
}

static void *put_blocks(void *arg)
{
	struct blocks *b = arg;

	pthread_mutex_lock(&b->lock);
	while (!b->failed && !b->stop) {
		if (b->written == b->handed) {
			if (b->ended)
				break;
			pthread_cond_wait(&b->changed, &b->lock);
			continue;
		}
		const struct image_read *r = &b->w->reads[b->written % AHEAD];

		pthread_mutex_unlock(&b->lock);
		bool bad = put_handed(b, r, &b->err) < 0;

		pthread_mutex_lock(&b->lock);
		b->failed = bad;
		b->written += !bad;
		b->at = bad ? b->at : r->number * (int64_t)XVA_BLOCK + (int64_t)r->n;
		pthread_cond_signal(&b->changed);
	}
	pthread_mutex_unlock(&b->lock);
	return NULL;
}

static int begin_thread(struct blocks *b, struct vxe_error *err)
{
	errno = thread_start(&b->thread, put_blocks, b);
	b->runs = errno == 0;
	return b->runs ? 0 : vxe_fail_errno(err, "a thread that writes the archive");
}

static void end_thread(struct blocks *b)
{
	if (!b->runs)
		return;
	b->stop = true;
	pthread_mutex_lock(&b->lock);
	pthread_cond_signal(&b->changed);
	pthread_mutex_unlock(&b->lock);
	pthread_join(b->thread, NULL);
	b->runs = false;
}

static void hand(struct blocks *b, bool last)
{
	pthread_mutex_lock(&b->lock);
	b->handed++;
	b->ended = last;
	pthread_cond_signal(&b->changed);
	pthread_mutex_unlock(&b->lock);
}

/*
 * Waits until at most @most blocks are between the begin of their read and the end of their write; *ret is their
 * number.
 */
static int wait_for_room(struct blocks *b, size_t most, size_t *ret, struct vxe_error *err)
{
	for (bool asked = false;; asked = true) {
		pthread_mutex_lock(&b->lock);
		if (asked && !b->failed && b->begun - b->written > most) {
			/* Waits until the thread has written a block, at most ASK_MS. */
			struct timespec until;

			clock_gettime(CLOCK_MONOTONIC, &until);
			until.tv_nsec += ASK_MS * 1000000L;
			until.tv_sec += until.tv_nsec / 1000000000;
			until.tv_nsec %= 1000000000;
			pthread_cond_clockwait(&b->changed, &b->lock, CLOCK_MONOTONIC, &until);
		}
		bool failed = b->failed;
		int64_t at = b->at;

		*ret = b->begun - b->written;
		pthread_mutex_unlock(&b->lock);
		if (failed) {
			end_thread(b);
			error_move(err, &b->err);
			return -1;
		}
		if (watch(b->w, b->w->done + at, err) < 0)
			return -1;
		if (*ret <= most)
			return 0;
	}
}

/* ----------------------------------------------------------------------------------------------- */

/* Begins to read the next blocks of the disk, in order, as many as there are free buffers for. */
static int read_ahead(struct blocks *b, size_t used, struct vxe_error *err)
{
	for (; used < AHEAD && b->next <= last_block(b->d); b->next++, b->begun++, used++) {
		struct image_read *r = &b->w->reads[b->begun % AHEAD];

		if (b->next && !b->w->dense && next_block(b->image, b->d, &b->next, err) < 0)
			return -1;
		int64_t offset = b->next * (int64_t)XVA_BLOCK, left = b->d->size - offset;

		r->number = b->next;
		r->n = left < (int64_t)XVA_BLOCK ? (size_t)left : XVA_BLOCK;
		if (image_io_begin(b->image, r, offset, err) < 0)
			return -1;
	}
	return 0;
}

/*
 * Waits until the oldest block is read, and hands it to the writing thread. Only this thread changes @handed, so it
 * may read it without the lock.
 */
static int put_oldest(struct blocks *b, struct vxe_error *err)
{
	struct image_read *r = &b->w->reads[b->handed % AHEAD];

	if (image_io_await(b->image, r, err) < 0)
		return -1;
	hand(b, r->number == last_block(b->d));
	return 0;
}

static int put_all_blocks(struct blocks *b, struct vxe_error *err)
{
	size_t used;

	do {
		size_t most = b->handed < b->begun ? AHEAD : AHEAD - 1;

		if (wait_for_room(b, most, &used, err) < 0 || read_ahead(b, used, err) < 0 ||
			put_oldest(b, err) < 0)
			return -1;
	} while (b->handed < b->begun || b->next <= last_block(b->d));
	return wait_for_room(b, 0, &used, err);
}

static int put_image(struct blocks *b, struct vxe_error *err)
{
	const struct xva_watch *own = b->w->watch, thread = { go_on, b };

	if (begin_thread(b, err) < 0)
		return -1;
	out_watch(b->w->out, &thread);
	int r = put_all_blocks(b, err);

	end_thread(b);
	out_watch(b->w->out, own);
	error_clear(&b->err);
	return r;
}

static int put_disk(struct writer *w, const struct xva_disk *d, struct vxe_error *err)
{
	_cleanup_(image_io_free_cleanup) struct xva_image *image = NULL;

	if (d->size <= 0 || block_at(d->size - 1) > XVA_NUMBER_MAX)
		return vxe_fail(
			err, VXE_IMAGE_FAILED, content_place(d->of), "its size cannot be exported");
	if (image_io_open(&image, d->of, d->format, d->size, false, d->snapshot, err) < 0)
		return -1;
	struct blocks b = { .w = w,
		.d = d,
		.image = image,
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.changed = PTHREAD_COND_INITIALIZER };

	if (put_image(&b, err) < 0)
		return -1;
	w->done += d->size;
	return image_io_finish(image, err);
}

static int put_all(struct writer *w, const struct ova *document, const struct xva_disk *disks,
	size_t n, struct vxe_error *err)
{
	static const unsigned char end[2 * TAR_RECORD];
	size_t length;
	_cleanup_free_ char *text = ova_write(document, &length);

	if (put_member(w, "ova.xml", text, length, clock_wall(), err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (put_disk(w, &disks[i], err) < 0)
			return -1;
	if (out_write(w->out, end, sizeof(end), err) < 0)
		return -1;
	return out_finish(w->out, err);
}

int archive_write(int fd, enum xva_compression how, const struct ova *document,
	const struct xva_disk *disks, size_t n, const struct xva_watch *watching,
	struct vxe_error *err)
{
	_cleanup_(out_free_cleanup) struct xva_out *out = NULL;
	_cleanup_free_ unsigned char *blocks = xmalloc(AHEAD * XVA_BLOCK);

	if (out_open(&out, fd, how, err) < 0)
		return -1;
	out_watch(out, watching);
	/*
	 * Other programs take the size of the archive's first block as that of all blocks. So if the first disk is
	 * smaller than a block, no block of any disk may be left out.
	 */
	struct writer w = {
		.out = out, .watch = watching, .dense = n && disks[0].size < (int64_t)XVA_BLOCK
	};
	for (size_t i = 0; i < AHEAD; i++)
		w.reads[i].buf = blocks + i * XVA_BLOCK;
	return put_all(&w, document, disks, n, err);
}
