// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "control.pb.h"

#include <QtCore/QMap>
#include <QtCore/QString>
#include <QtCore/QStringList>

namespace millrace::desktop {

namespace control = millrace::control::v1;

/// The settings as last reported by the engine: schema, active configuration, and the source of each value. Paths of
/// entries have an index ("backends[1].name"), those of the schema do not ("backends[].name"). Thread: GUI.
class ServerState {
public:
    void setSchema(const control::Schema& schema) { schema_ = schema; }
    void setConfig(const control::ConfigState& config);

    const control::Schema& schema() const { return schema_; }
    quint64 revision() const { return config_.revision(); }
    const config::v1::Config& given() const { return config_.config(); }  ///< only what differs from the defaults
    const config::v1::Config& effective() const { return config_.effective(); }
    /// The entries of given(), or, if it has none, the implied one of effective().
    const google::protobuf::RepeatedPtrField<config::v1::Backend>& backends() const;
    QStringList backendNames() const;

    const control::SettingSchema* find(const QString& path) const;
    QString text(const QString& path) const { return texts_.value(path); }
    bool has(const QString& path) const { return texts_.contains(path); }
    control::ValueSource source(const QString& path) const;  ///< unspecified: unknown setting

    static QString general(const QString& path);
    static int entryOf(const QString& path);  ///< -1: none
    static QString withEntry(const QString& path, int entry);

private:
    control::Schema schema_;
    control::ConfigState config_;
    QMap<QString, QString> texts_;
};

}  // namespace millrace::desktop
