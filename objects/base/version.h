/* SPDX-License-Identifier: MIT */
/* The version; no other file defines it. */
#pragma once

#ifndef VXE_VERSION
#define VXE_VERSION "0.9.0"
#endif
