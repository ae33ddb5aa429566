/* SPDX-License-Identifier: MIT */
/* The one place that says which version this is. */
#pragma once

#define VXE_VERSION "0.1.0"
