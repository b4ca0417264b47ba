// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz.h"
#include "http/buffers.h"

#include <algorithm>
#include <cstring>
#include <string>

using namespace millrace;

/// Bytes two by two: an operation and its size. The buffer holds what a string would hold, and never offers room that
/// it does not have (which the sanitizer sees, because all of it is written).
FUZZ_TARGET(in_buffer)
{
    http::InBuffer buffer;
    std::string model;
    char fill = 'a';
    for (std::size_t i = 0; i + 1 < bytes.size() && i < 512; i += 2) {
        const auto operation = static_cast<unsigned char>(bytes[i]);
        const auto amount = static_cast<unsigned char>(bytes[i + 1]);
        switch (operation % 4) {
            case 0:
            case 1: {
                const std::size_t most = std::size_t{1} << (10 + operation / 4 % 8);
                const auto room = buffer.prepare(most);
                FUZZ_CHECK(buffer.view() == model);
                FUZZ_CHECK(room.size() <= std::max(http::InBuffer::kStart, std::max(most, std::size_t{1} << 18)));
                std::memset(room.data(), fill, room.size());
                const std::size_t count = room.size() * amount / 255;
                buffer.commit(count);
                model.append(count, fill);
                fill = fill == 'z' ? 'a' : static_cast<char>(fill + 1);
                break;
            }
            case 2: {
                const std::size_t count = buffer.size() * amount / 255;
                buffer.consume(count);
                model.erase(0, count);
                break;
            }
            default:
                buffer.release();
                break;
        }
        FUZZ_CHECK(buffer.view() == model);
    }
}
