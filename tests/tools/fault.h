/* SPDX-License-Identifier: MIT */
/* What fault.so and fault_ctl share: the file that says which call fails. */
#pragma once

#include <stdint.h>

#define FAULT_DIR_MAX 1024
#define FAULT_NAME_MAX 64

struct fault_control {
	uint32_t armed;
	int32_t error;	      /* errno of the call that fails */
	uint64_t at;	      /* its number, from 1; 0: none */
	uint64_t count, hits; /* calls so far; how many of them failed */
	char dir[FAULT_DIR_MAX];
	char name[FAULT_NAME_MAX]; /* only files with this in their path; "": all */
};
