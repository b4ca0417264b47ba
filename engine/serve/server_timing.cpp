// SPDX-License-Identifier: GPL-3.0-or-later
#include "serve/server_timing.h"

#include <array>
#include <charconv>
#include <string_view>

namespace millrace::serve {

namespace {

/// Milliseconds with what digits there are of three decimals.
void append(std::string& out, std::string_view name, Duration span)
{
    const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(span).count();
    std::array<char, 32> digits;
    char* end = std::to_chars(digits.data(), digits.data() + 24, micros / 1000).ptr;
    if (auto rest = micros % 1000; rest > 0) {
        *end++ = '.';
        *end++ = static_cast<char>('0' + rest / 100);
        if (rest %= 100; rest > 0) {
            *end++ = static_cast<char>('0' + rest / 10);
            if (rest %= 10; rest > 0) *end++ = static_cast<char>('0' + rest);
        }
    }
    out += name;
    out += ";dur=";
    out.append(digits.data(), end);
}

}  // namespace

void appendServerTiming(std::string& out, const Trace& trace)
{
    struct Part {
        std::string_view name;
        Duration span;
    };
    const std::array parts = {
        Part{"queue", trace.spent(Phase::Queued)},    Part{"load", trace.spent(Phase::Model)},
        Part{"batch", trace.spent(Phase::Batching)},  Part{"connect", trace.spent(Phase::Connecting)},
        Part{"backend", trace.spent(Phase::Running)},
    };
    for (const Part& part : parts) {
        if (part.span < std::chrono::microseconds(1)) continue;
        append(out, part.name, part.span);
        out += ", ";
    }
    append(out, "millrace", trace.added());
}

}  // namespace millrace::serve
