/* SPDX-License-Identifier: MIT */
/* The version; no other file defines it. */
#pragma once

#define VXE_VERSION "0.9.0"
