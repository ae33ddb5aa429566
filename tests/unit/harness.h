/* SPDX-License-Identifier: MIT */
/*
 * Tests of functions: each runs in a child of a process that has no other thread, and that executes nothing. (A child of
 * a process with threads may wait for ever for a lock of the allocator that a thread held in the moment of the fork; the
 * messages of other runners are sent by threads.) The words are Criterion's.
 *
 *	TestSuite(SUITE, .init = f, .fini = g, .timeout = SECONDS);
 *	Test(SUITE, NAME, .init = f, .fini = g, .timeout = SECONDS, .signal = SIGABRT) { ... }
 *	ParameterizedTestParameters(SUITE, NAME) { return cr_make_param_array(TYPE, ARRAY, N); }
 *	ParameterizedTest(const TYPE *p, SUITE, NAME) { ... }
 *	BeforeAll { ... } AfterAll { ... }		in the process that then makes the children
 *
 * cr_assert...() ends the test at once, cr_expect...() does not; both take a format and its arguments. fini runs also
 * after a test that has failed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* Of what an assertion compares one may be without a sign; it need not say more than what is compared. */
#pragma GCC diagnostic ignored "-Wsign-compare"
#pragma GCC diagnostic ignored "-Wformat-zero-length"

struct unit_options {
	void (*init)(void), (*fini)(void);
	double timeout; /* seconds; 0: that of the suite, or none */
	int signal;	/* by which the test has to end */
};

struct unit_params {
	void *items;
	size_t size, n;
};

struct unit_test {
	const char *suite, *name; /* name NULL: what follows are the options of the suite */
	void (*run)(void);
	void (*run_with)(void *);
	struct unit_params (*params)(void); /* NULL: it runs once, by run() */
	struct unit_options options;
	struct unit_test *next;
};

void unit_add(struct unit_test *t);
void unit_before_all(void (*before)(void));
void unit_after_all(void (*after)(void));

/* The test has failed, and goes on. Also in a child of the test. */
void unit_failed(const char *file, int line, const char *what, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* The test has failed, or is skipped, and ends; a child of the test ends with 1. */
void unit_stop(const char *file, int line, const char *what, const char *fmt, ...)
	__attribute__((format(printf, 4, 5), noreturn));
void unit_skip(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

#define UNIT_ADD_(id, ...)                                                                         \
	static struct unit_test unit_##id##_row = { __VA_ARGS__ };                                 \
	__attribute__((constructor)) static void unit_##id##_enter(void)                           \
	{                                                                                          \
		unit_add(&unit_##id##_row);                                                        \
	}

#define TestSuite(suite_, ...)                                                                     \
	UNIT_ADD_(suite_, .suite = #suite_, .options = { __VA_ARGS__ })                            \
	struct unit_options

#define Test(suite_, name_, ...)                                                                   \
	static void unit_##suite_##_##name_##_test(void);                                          \
	UNIT_ADD_(suite_##_##name_, .suite = #suite_, .name = #name_,                              \
		.run = unit_##suite_##_##name_##_test, .options = { __VA_ARGS__ })                 \
	static void unit_##suite_##_##name_##_test(void)

#define cr_make_param_array(type, array, n_)                                                       \
	((struct unit_params){ .items = (array), .size = sizeof(type), .n = (n_) })

#define ParameterizedTestParameters(suite_, name_)                                                 \
	static struct unit_params unit_##suite_##_##name_##_params(void)

#define ParameterizedTest(param_, suite_, name_, ...)                                              \
	static void unit_##suite_##_##name_##_test(param_);                                        \
	static void unit_##suite_##_##name_##_with(void *param)                                    \
	{                                                                                          \
		unit_##suite_##_##name_##_test(param);                                             \
	}                                                                                          \
	UNIT_ADD_(suite_##_##name_, .suite = #suite_, .name = #name_,                              \
		.run_with = unit_##suite_##_##name_##_with,                                        \
		.params = unit_##suite_##_##name_##_params, .options = { __VA_ARGS__ })            \
	static void unit_##suite_##_##name_##_test(param_)

#define UNIT_HOOK_(when)                                                                           \
	static void unit_do_##when(void);                                                          \
	__attribute__((constructor)) static void unit_add_##when(void)                             \
	{                                                                                          \
		unit_##when(unit_do_##when);                                                       \
	}                                                                                          \
	static void unit_do_##when(void)
#define BeforeAll UNIT_HOOK_(before_all)
#define AfterAll UNIT_HOOK_(after_all)

#define UNIT_ASSERT_(cond, what, ...)                                                              \
	((cond) ? (void)0 : unit_stop(__FILE__, __LINE__, what, "" __VA_ARGS__))
#define UNIT_EXPECT_(cond, what, ...)                                                              \
	((cond) ? (void)0 : unit_failed(__FILE__, __LINE__, what, "" __VA_ARGS__))
/* A string that is not there is equal to none. */
#define UNIT_SAME_(a, b) unit_same((a), (b))
static inline bool unit_same(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

#define cr_assert(x, ...) UNIT_ASSERT_((x), #x, __VA_ARGS__)
#define cr_expect(x, ...) UNIT_EXPECT_((x), #x, __VA_ARGS__)
#define cr_assert_not(x, ...) UNIT_ASSERT_(!(x), "!" #x, __VA_ARGS__)
#define cr_expect_not(x, ...) UNIT_EXPECT_(!(x), "!" #x, __VA_ARGS__)
#define cr_assert_null(x, ...) UNIT_ASSERT_((x) == NULL, #x " == NULL", __VA_ARGS__)
#define cr_expect_null(x, ...) UNIT_EXPECT_((x) == NULL, #x " == NULL", __VA_ARGS__)
#define cr_assert_not_null(x, ...) UNIT_ASSERT_((x) != NULL, #x " != NULL", __VA_ARGS__)
#define cr_expect_not_null(x, ...) UNIT_EXPECT_((x) != NULL, #x " != NULL", __VA_ARGS__)
#define cr_assert_eq(a, b, ...) UNIT_ASSERT_((a) == (b), #a " == " #b, __VA_ARGS__)
#define cr_expect_eq(a, b, ...) UNIT_EXPECT_((a) == (b), #a " == " #b, __VA_ARGS__)
#define cr_assert_neq(a, b, ...) UNIT_ASSERT_((a) != (b), #a " != " #b, __VA_ARGS__)
#define cr_expect_neq(a, b, ...) UNIT_EXPECT_((a) != (b), #a " != " #b, __VA_ARGS__)
#define cr_assert_lt(a, b, ...) UNIT_ASSERT_((a) < (b), #a " < " #b, __VA_ARGS__)
#define cr_expect_lt(a, b, ...) UNIT_EXPECT_((a) < (b), #a " < " #b, __VA_ARGS__)
#define cr_assert_leq(a, b, ...) UNIT_ASSERT_((a) <= (b), #a " <= " #b, __VA_ARGS__)
#define cr_expect_leq(a, b, ...) UNIT_EXPECT_((a) <= (b), #a " <= " #b, __VA_ARGS__)
#define cr_assert_gt(a, b, ...) UNIT_ASSERT_((a) > (b), #a " > " #b, __VA_ARGS__)
#define cr_expect_gt(a, b, ...) UNIT_EXPECT_((a) > (b), #a " > " #b, __VA_ARGS__)
#define cr_assert_geq(a, b, ...) UNIT_ASSERT_((a) >= (b), #a " >= " #b, __VA_ARGS__)
#define cr_expect_geq(a, b, ...) UNIT_EXPECT_((a) >= (b), #a " >= " #b, __VA_ARGS__)
#define cr_assert_str_eq(a, b, ...) UNIT_ASSERT_(UNIT_SAME_(a, b), #a " is " #b, __VA_ARGS__)
#define cr_expect_str_eq(a, b, ...) UNIT_EXPECT_(UNIT_SAME_(a, b), #a " is " #b, __VA_ARGS__)
#define cr_assert_str_neq(a, b, ...)                                                               \
	UNIT_ASSERT_(strcmp((a), (b)) != 0, #a " is not " #b, __VA_ARGS__)
#define cr_expect_str_neq(a, b, ...)                                                               \
	UNIT_EXPECT_(strcmp((a), (b)) != 0, #a " is not " #b, __VA_ARGS__)
#define cr_assert_str_empty(a, ...) UNIT_ASSERT_(UNIT_SAME_(a, ""), #a " is empty", __VA_ARGS__)
#define cr_expect_str_empty(a, ...) UNIT_EXPECT_(UNIT_SAME_(a, ""), #a " is empty", __VA_ARGS__)
#define cr_assert_str_not_empty(a, ...) UNIT_ASSERT_(*(a), #a " is not empty", __VA_ARGS__)
#define cr_assert_arr_eq(a, b, size, ...)                                                          \
	UNIT_ASSERT_(memcmp((a), (b), (size)) == 0, #a " is " #b, __VA_ARGS__)
#define cr_expect_arr_eq(a, b, size, ...)                                                          \
	UNIT_EXPECT_(memcmp((a), (b), (size)) == 0, #a " is " #b, __VA_ARGS__)
#define cr_assert_fail(...) unit_stop(__FILE__, __LINE__, "not reached", "" __VA_ARGS__)
#define cr_expect_fail(...) unit_failed(__FILE__, __LINE__, "not reached", "" __VA_ARGS__)
#define cr_skip_test(...) unit_skip("" __VA_ARGS__)
#define cr_log_info(...) ((void)printf("" __VA_ARGS__), (void)putchar('\n'))
