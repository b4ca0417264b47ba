// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/server_state.h"

#include "control/configuration.h"

namespace millrace::desktop {

void ServerState::setConfig(const control::ConfigState& config)
{
    config_ = config;
    texts_.clear();
    for (const auto& [path, text] : config::values(config_.effective()))
        texts_.insert(QString::fromStdString(path), QString::fromStdString(text));
}

const google::protobuf::RepeatedPtrField<config::v1::Backend>& ServerState::backends() const
{
    return given().backends_size() > 0 ? given().backends() : effective().backends();
}

QStringList ServerState::backendNames() const
{
    QStringList out;
    for (const auto& backend : effective().backends()) out.append(QString::fromStdString(backend.name()));
    return out;
}

const control::SettingSchema* ServerState::find(const QString& path) const
{
    const std::string wanted = general(path).toStdString();
    for (const auto& setting : schema_.settings()) {
        if (setting.path() == wanted) return &setting;
    }
    return nullptr;
}

control::ValueSource ServerState::source(const QString& path) const
{
    const auto found = config_.sources().find(path.toStdString());
    return found == config_.sources().end() ? control::VALUE_SOURCE_UNSPECIFIED : found->second;
}

QString ServerState::general(const QString& path)
{
    const qsizetype open = path.indexOf(u'[');
    const qsizetype close = path.indexOf(u']', open);
    return open < 0 || close < 0 ? path : path.left(open + 1) + path.mid(close);
}

int ServerState::entryOf(const QString& path)
{
    const qsizetype open = path.indexOf(u'[');
    const qsizetype close = path.indexOf(u']', open);
    if (open < 0 || close < open + 2) return -1;
    bool number = false;
    const int entry = path.mid(open + 1, close - open - 1).toInt(&number);
    return number ? entry : -1;
}

QString ServerState::withEntry(const QString& path, int entry)
{
    const QString flat = general(path);
    const qsizetype open = flat.indexOf(u'[');
    return open < 0 ? flat : flat.left(open + 1) + QString::number(entry) + flat.mid(open + 1);
}

}  // namespace millrace::desktop
