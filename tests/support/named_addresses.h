// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "pool/lookup.h"

#include <boost/asio/ip/address.hpp>

#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace millrace::testing {

/// All names have the addresses that a test gives them, as letters: 'a' is 127.0.0.1, 'b' 127.0.0.2 …; none: the lookup
/// fails. As long as this lives.
class NamedAddresses {
public:
    explicit NamedAddresses(std::string letters) { has(std::move(letters)); }
    ~NamedAddresses() { pool::Lookup::setFind(nullptr); }
    NamedAddresses(const NamedAddresses&) = delete;
    NamedAddresses& operator=(const NamedAddresses&) = delete;

    static std::string host(char letter) { return "127.0.0." + std::to_string(letter - 'a' + 1); }
    void has(std::string letters)
    {
        const std::lock_guard lock(held_->mutex);
        held_->letters = std::move(letters);
    }
    /// From now on they are found, with this port.
    void serve(unsigned short port)
    {
        pool::Lookup::setFind(
            [held = held_, port](const std::string&, const std::string&) -> StatusOr<pool::Lookup::Endpoints> {
                const std::lock_guard lock(held->mutex);
                if (held->letters.empty()) return unavailable("the name's server is away");
                pool::Lookup::Endpoints found;
                for (const char letter : held->letters)
                    found.emplace_back(boost::asio::ip::make_address(host(letter)), port);
                return found;
            });
    }

private:
    struct Held {  // read in the lookups' threads
        std::mutex mutex;
        std::string letters;
    };
    const std::shared_ptr<Held> held_ = std::make_shared<Held>();
};

}  // namespace millrace::testing
