/* SPDX-License-Identifier: MIT */
#include "objects/base/thread.h"

#include <signal.h>

int thread_start(pthread_t *ret, void *(*run)(void *arg), void *arg)
{
	sigset_t all, old;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	int error = pthread_create(ret, NULL, run, arg);

	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return error;
}
