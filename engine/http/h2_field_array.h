// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "http/fields.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <nghttp2/nghttp2.h>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::http {

/// HPACK indexing policy for fields whose value differs in every call: in the dynamic table they would evict, on both
/// sides, the entries that do repeat. The first of each name is indexed nevertheless, so that later ones refer to its
/// name. One instance per connection.
class VaryingFields {
public:
    std::uint8_t flags(std::string_view name, std::string_view value)
    {
        constexpr std::size_t kShortest = 12, kLongest = 14;
        if (name.size() < kShortest || name.size() > kLongest) return NGHTTP2_NV_FLAG_NONE;
        const auto* found = std::find(std::begin(kNames), std::end(kNames), name);
        if (found == std::end(kNames)) return NGHTTP2_NV_FLAG_NONE;
        if (found == std::begin(kNames) && value.ends_with('S')) return NGHTTP2_NV_FLAG_NONE;  // seconds: few values
        const auto at = static_cast<std::size_t>(found - std::begin(kNames));
        return std::exchange(named_[at], true) ? NGHTTP2_NV_FLAG_NO_INDEX : NGHTTP2_NV_FLAG_NONE;
    }

private:
    static constexpr std::string_view kNames[] = {"grpc-timeout", "x-request-id", "grpc-message", "server-timing",
                                                  "retry-after-ms"};
    bool named_[std::size(kNames)] = {};
};

/// Header fields in nghttp2's form; nghttp2 copies them. REQUIRES: `fields` outlive this.
class FieldArray {
public:
    FieldArray(const HttpFields& fields, VaryingFields& varying) : size_(fields.size())
    {
        nghttp2_nv* to = few_;
        if (size_ > std::size(few_)) {
            many_.resize(size_);
            to = many_.data();
        }
        for (std::size_t i = 0; i < size_; ++i) {
            const auto field = fields[i];
            to[i] = {bytes(field.name), bytes(field.value), field.name.size(), field.value.size(),
                     varying.flags(field.name, field.value)};
        }
    }
    const nghttp2_nv* data() const { return many_.empty() ? few_ : many_.data(); }
    std::size_t size() const { return size_; }

private:
    static std::uint8_t* bytes(std::string_view text)
    {
        return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
    }
    const std::size_t size_;
    nghttp2_nv few_[16];
    std::vector<nghttp2_nv> many_;
};

}  // namespace millrace::http
