// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace millrace {

/// Bytes that nobody changes, with what they are part of: a text, a message, a tensor. A copy shares them.
/// Thread: any.
class SharedBytes {
public:
    SharedBytes() = default;
    /// `bytes` live as long as `owner`.
    SharedBytes(std::shared_ptr<const void> owner, std::string_view bytes) : owner_(std::move(owner)), bytes_(bytes) {}
    SharedBytes(std::shared_ptr<const std::string> text)  // NOLINT(google-explicit-constructor): a text that is shared
        : bytes_(text ? std::string_view(*text) : std::string_view())
    {
        owner_ = std::move(text);
    }
    SharedBytes(std::string text)  // NOLINT(google-explicit-constructor): a text that is shared from here on
        : SharedBytes(text.empty() ? nullptr : std::make_shared<const std::string>(std::move(text)))
    {}

    std::string_view view() const { return bytes_; }
    std::size_t size() const { return bytes_.size(); }
    bool empty() const { return bytes_.empty(); }
    const std::shared_ptr<const void>& owner() const { return owner_; }

private:
    std::shared_ptr<const void> owner_;
    std::string_view bytes_;
};

}  // namespace millrace
