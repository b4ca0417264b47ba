// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

/// One fuzz target a file: FUZZ_TARGET(name) { … bytes … }, in the file fuzz_name.cpp, its seeds in corpus/name.
///
/// With clang each is a libFuzzer program of its own; in tst_fuzz_corpus, which any compiler builds, all of them are in
/// one program and run over the corpora, so that what was found once stays found. Targets are told nothing but bytes:
/// a choice that one needs (where to cut, what to limit) it draws from the bytes, so that seeds stay readable.
namespace millrace::fuzzing {

using Function = void (*)(std::string_view bytes);

/// A small generator seeded by the input: the same input makes the same choices.
class Choices {
public:
    explicit Choices(std::string_view bytes)
    {
        for (const char byte : bytes) state_ = (state_ ^ static_cast<unsigned char>(byte)) * 1099511628211u;
    }
    /// 0 … below − 1
    std::size_t below(std::size_t below)
    {
        state_ ^= state_ << 13;
        state_ ^= state_ >> 7;
        state_ ^= state_ << 17;
        return static_cast<std::size_t>(state_ % below);
    }

private:
    std::uint64_t state_ = 1469598103934665603u;
};

struct Target {
    Target(const char* name, Function function);
};

[[noreturn]] inline void broken(const char* claim, const char* file, int line)
{
    std::fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, claim);
    std::abort();
}

}  // namespace millrace::fuzzing

/// What must hold for every input.
#define FUZZ_CHECK(claim) \
    if (!(claim)) ::millrace::fuzzing::broken(#claim, __FILE__, __LINE__)

#ifdef MILLRACE_FUZZ_CORPUS
#define FUZZ_TARGET(name)                                                           \
    static void fuzz_##name(std::string_view);                                      \
    static const ::millrace::fuzzing::Target registered_##name(#name, fuzz_##name); \
    static void fuzz_##name([[maybe_unused]] std::string_view bytes)
#else
#define FUZZ_TARGET(name)                                                              \
    static void fuzz_##name(std::string_view);                                         \
    extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size); \
    extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)  \
    {                                                                                  \
        fuzz_##name(std::string_view(reinterpret_cast<const char*>(data), size));      \
        return 0;                                                                      \
    }                                                                                  \
    static void fuzz_##name([[maybe_unused]] std::string_view bytes)
#endif
