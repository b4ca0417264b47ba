// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace millrace {

/// Immutable bytes together with the object that owns them: a string, a message, a tensor. Copies share both, so that a
/// body can be passed on, queued and sent without being copied.
///
///     auto message = std::make_shared<const Message>(…);
///     const SharedBytes body(message, message->tensor());     // keeps the message alive
///
/// Thread: any.
class SharedBytes {
public:
    SharedBytes() = default;
    /// REQUIRES: `bytes` stay valid and unchanged as long as `owner` lives.
    SharedBytes(std::shared_ptr<const void> owner, std::string_view bytes) : owner_(std::move(owner)), bytes_(bytes) {}
    SharedBytes(std::shared_ptr<const std::string> text)  // NOLINT(google-explicit-constructor): shares a string
        : bytes_(text ? std::string_view(*text) : std::string_view())
    {
        owner_ = std::move(text);
    }
    SharedBytes(std::string text)  // NOLINT(google-explicit-constructor): takes a string
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
