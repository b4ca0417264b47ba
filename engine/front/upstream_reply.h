// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "front/handlers.h"
#include "front/reply.h"
#include "serve/serve.h"

#include <string>

/// Converts an upstream's answer into the client's. Pure, except for wrapping the stream.
namespace millrace::front {

/// The reply for an upstream's answer. Takes over its stream, and decompresses it if the client does not accept gzip.
Reply shaped(const Exchange& exchange, serve::OpenAiAnswer& answer);
/// The reply for an upstream's refusal with the whole `body`, in the form of the client's dialect.
void refuseWith(const Exchange& exchange, Reply& reply, std::string body);

}  // namespace millrace::front
