// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/text.h"
#include "front/json_text.h"
#include "fuzz.h"

#include <array>

using namespace millrace;

/// What has been washed is UTF-8 within its bound, and washing it again changes nothing.
FUZZ_TARGET(text)
{
    for (const std::size_t bytesMax : std::array<std::size_t, 5>{4, 7, 64, kNameBytesMax, kMessageBytesMax}) {
        const std::string clean = washed(bytes, bytesMax);
        FUZZ_CHECK(clean.size() <= bytesMax);
        FUZZ_CHECK(front::isUtf8(clean));
        FUZZ_CHECK(isWashed(clean, bytesMax));
        FUZZ_CHECK(washed(clean, bytesMax) == clean);
        FUZZ_CHECK(washed(std::string(bytes), bytesMax) == clean);
        FUZZ_CHECK(isWashed(bytes, bytesMax) == (clean == bytes));
        for (const char byte : clean) FUZZ_CHECK(static_cast<unsigned char>(byte) >= 0x20 && byte != 0x7F);
    }
    std::string quoted;
    front::appendQuoted(quoted, bytes);
    FUZZ_CHECK(!front::jsonProblem(quoted));
}
