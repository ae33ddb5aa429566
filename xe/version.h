/* SPDX-License-Identifier: MIT */
/* The only definition of the version. */
#pragma once

#define VXE_VERSION "0.1.0"
