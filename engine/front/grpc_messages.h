// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "http/grpc_framed.h"

#include <limits>
#include <memory>
#include <string>
#include <string_view>

/// Messages and their bytes.
namespace millrace::front {

/// None: `bytes` are no such message.
template <typename Message>
std::unique_ptr<Message> readMessage(std::string_view bytes)
{
    if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) return nullptr;
    auto message = std::make_unique<Message>();
    if (!message->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return nullptr;
    return message;
}

/// The same of what was received; the contents of tensors move.
template <typename Message>
std::unique_ptr<Message> readMessage(http::GrpcMessageReader::Message& from)
{
    auto message = readMessage<Message>(from.bytes());
    if constexpr (http::HasRawInputs<Message>) {
        if (message)
            for (std::string& raw : from.bulk()) message->mutable_raw_input_contents()->Add(std::move(raw));
    }
    return message;
}

using http::frameMessage;
using http::writeMessage;

template <typename Message>
Status unreadable()
{
    return invalidArgument("the message cannot be parsed as " + Message::descriptor()->full_name() +
                           ": it is damaged, of another type, or has text that is not UTF-8");
}

}  // namespace millrace::front
