// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QString>

namespace google::protobuf {
class Message;
}

/// A configuration as the JSON that the engine's own file has: fields by name, choices as words, only what is set.
namespace millrace::desktop::config_json {

QString write(const google::protobuf::Message& config);

/// Fills `config`; returns what is wrong and where, empty when nothing is. Ranges are the engine's business.
QString read(const QString& text, google::protobuf::Message& config);

}  // namespace millrace::desktop::config_json
