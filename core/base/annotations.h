// Clang thread-safety annotations, under names of our own.
//
// They expand to attributes under clang, where `-Wthread-safety -Wthread-safety-beta -Wthread-safety-negative -Werror`
// turns a broken locking rule into a compile error, and to nothing under every other compiler.
// Source of the attributes' meaning: clang's "Thread Safety Analysis" page.
#pragma once

#if defined(__clang__)
#define LS_THREAD_ATTRIBUTE(x) __attribute__((x))
#else
#define LS_THREAD_ATTRIBUTE(x)
#endif

// On a class: its objects are capabilities (locks, roles); "what" names them in the compiler's messages.
#define LS_CAPABILITY(what) LS_THREAD_ATTRIBUTE(capability(what))
// On a class: its constructor acquires and its destructor releases.
#define LS_SCOPED_CAPABILITY LS_THREAD_ATTRIBUTE(scoped_lockable)

// On a member: it, or what it points to, is touched only with the capability held.
#define LS_GUARDED_BY(x) LS_THREAD_ATTRIBUTE(guarded_by(x))
#define LS_PT_GUARDED_BY(x) LS_THREAD_ATTRIBUTE(pt_guarded_by(x))

// On a lock member: its place in the order among the locks of the same object.
#define LS_ACQUIRED_BEFORE(...) LS_THREAD_ATTRIBUTE(acquired_before(__VA_ARGS__))
#define LS_ACQUIRED_AFTER(...) LS_THREAD_ATTRIBUTE(acquired_after(__VA_ARGS__))

// On a function: what its caller must hold. LS_REQUIRES(!mu): what it must not hold, which the caller must prove in turn;
// this is what a function that acquires mu itself says. LS_EXCLUDES is the weaker form that asks for no proof.
#define LS_REQUIRES(...) LS_THREAD_ATTRIBUTE(requires_capability(__VA_ARGS__))
#define LS_EXCLUDES(...) LS_THREAD_ATTRIBUTE(locks_excluded(__VA_ARGS__))

// On a function: what it acquires, releases, or acquires when it returns the first argument.
#define LS_ACQUIRE(...) LS_THREAD_ATTRIBUTE(acquire_capability(__VA_ARGS__))
#define LS_RELEASE(...) LS_THREAD_ATTRIBUTE(release_capability(__VA_ARGS__))
#define LS_TRY_ACQUIRE(...) LS_THREAD_ATTRIBUTE(try_acquire_capability(__VA_ARGS__))

// On a function: it proves at run time that the capability is held.
#define LS_ASSERT_CAPABILITY(x) LS_THREAD_ATTRIBUTE(assert_capability(x))
#define LS_RETURN_CAPABILITY(x) LS_THREAD_ATTRIBUTE(lock_returned(x))

// On a function that ThreadSanitizer is not to look into. For what the fibers of a controlled run share because they share an
// OS thread (core/sched/fiber.h).
#if defined(__clang__)
#define LS_UNSEEN_BY_RACE_DETECTOR __attribute__((no_sanitize("thread")))
#else
#define LS_UNSEEN_BY_RACE_DETECTOR __attribute__((no_sanitize_thread))
#endif

// Exempts one function body. Only two kinds of place may use it: the audited handles that carry a lock across a
// function's end, and a bug on purpose, each with the compiler's message that it silences written beside it.
#define LS_NO_THREAD_SAFETY_ANALYSIS LS_THREAD_ATTRIBUTE(no_thread_safety_analysis)
