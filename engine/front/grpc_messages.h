// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "http/grpc_framed.h"

#include <memory>

/// Parsing of messages from clients. Pure.
namespace millrace::front {

/// Parses `from`: bytes, or a received message. Null: malformed.
template <typename Message, typename From>
std::unique_ptr<Message> readMessage(From&& from)
{
    auto message = std::make_unique<Message>();
    if (!http::parseMessage(*message, from)) return nullptr;
    return message;
}

using http::frameMessage;
using http::writeMessage;

/// The error for a null readMessage().
template <typename Message>
Status unreadable()
{
    return invalidArgument("the message cannot be parsed as " + Message::descriptor()->full_name() +
                           ": it is damaged, of another type, or has text that is not UTF-8");
}

}  // namespace millrace::front
