// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "front/handlers.h"
#include "front/reply.h"
#include "serve/serve.h"

#include <string>

/// What becomes of an upstream's answer on its way to a client. Pure, but for the stream that is wrapped.
namespace millrace::front {

/// The head of an answer from the head of the upstream's; takes the stream over, unpacked where the client does not
/// take packed answers.
Reply shaped(const Exchange& exchange, serve::OpenAiAnswer& answer);
/// An upstream's refusal, whose `body` is here as a whole, in the words of the client's dialect.
void refuseWith(const Exchange& exchange, Reply& reply, std::string body);

}  // namespace millrace::front
