// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz.h"
#include "http/grpc_message.h"

#include <string>
#include <vector>

using namespace millrace;

namespace {

constexpr std::uint64_t kMost = 4096;

/// What a reader makes of `bytes` when they come in pieces.
std::vector<std::string> read(std::string_view bytes, http::GrpcEncoding encoding, fuzzing::Choices* choices)
{
    http::GrpcMessageReader reader(encoding);
    std::vector<std::string> out;
    while (!bytes.empty()) {
        auto piece = bytes.substr(0, choices ? choices->below(32) + 1 : bytes.size());
        bytes.remove_prefix(piece.size());
        while (!piece.empty()) {
            const std::size_t before = piece.size();
            auto next = reader.next(piece, kMost);
            FUZZ_CHECK(reader.held() <= kMost);
            if (!next.ok()) {
                out.push_back("error " + codeName(next.status()));
                return out;
            }
            FUZZ_CHECK(piece.size() < before);
            if (!*next) continue;
            FUZZ_CHECK((*next)->bytes().size() <= kMost);
            out.emplace_back((*next)->bytes());
        }
    }
    return out;
}

}  // namespace

/// The first byte chooses the encoding. However the bytes are cut, the messages are the same.
FUZZ_TARGET(grpc_message)
{
    if (bytes.empty()) return;
    const auto encoding = static_cast<http::GrpcEncoding>(static_cast<unsigned char>(bytes[0]) % 3);
    fuzzing::Choices choices(bytes);
    bytes.remove_prefix(1);
    FUZZ_CHECK(read(bytes, encoding, &choices) == read(bytes, encoding, nullptr));
}
