// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz.h"
#include "http/grpc_text.h"

#include <algorithm>

using namespace millrace;
using namespace millrace::http;

/// What is written is read as it was; what is read is within its bounds.
FUZZ_TARGET(grpc_text)
{
    const auto coded = percentEncoded(bytes);
    FUZZ_CHECK(std::all_of(coded.begin(), coded.end(), [](char c) { return c >= 0x20 && c <= 0x7e; }));
    FUZZ_CHECK(percentDecoded(coded) == bytes);
    FUZZ_CHECK(percentDecoded(bytes).size() <= bytes.size());
    if (const auto timeout = parseGrpcTimeout(bytes)) {
        FUZZ_CHECK(*timeout >= Duration::zero());
        const auto again = parseGrpcTimeout(formatGrpcTimeout(*timeout));
        FUZZ_CHECK(again && *again >= *timeout);
    }
    const int status = parseGrpcStatus(bytes);
    FUZZ_CHECK(status >= 0 && status <= 16);
    static_cast<void>(isGrpcContent(bytes));
}
