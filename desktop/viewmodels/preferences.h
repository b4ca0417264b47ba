// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QLocale>
#include <QtCore/QObject>
#include <QtCore/QRect>
#include <QtCore/QSettings>
#include <QtCore/QString>
#include <QtQml/qqmlregistration.h>

#include <memory>
#include <optional>

namespace millrace::desktop {

/// What is remembered between starts: theme, language, page, time window, window geometry, columns of tables, pending
/// settings of each engine.
class Preferences : public QObject {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("the shell has one")
    Q_PROPERTY(Theme theme READ theme WRITE setTheme NOTIFY themeChanged FINAL)
    Q_PROPERTY(Language language READ language WRITE setLanguage NOTIFY languageChanged FINAL)
    Q_PROPERTY(bool dark READ isDark NOTIFY themeChanged FINAL)
public:
    enum Theme { System, Light, Dark };
    Q_ENUM(Theme)
    enum Language { DesktopLanguage, English, German };
    Q_ENUM(Language)

    /// An empty path: nothing is read or written (tests, screenshots).
    explicit Preferences(const QString& path, QObject* parent = nullptr);

    Theme theme() const { return override_.value_or(theme_); }
    void setTheme(Theme theme);
    void overrideTheme(Theme theme);  ///< for this run only; what is kept stays
    bool isDark() const;
    Language language() const { return languageOverride_.value_or(language_); }
    void setLanguage(Language language);
    void overrideLanguage(Language language);  ///< for this run only; what is kept stays
    QLocale::Language spoken() const;          ///< the one meant: that of the desktop where none was chosen
    bool eventFilter(QObject* watched, QEvent* event) override;

    QString text(const QString& key, const QString& otherwise = {}) const;
    int number(const QString& key, int otherwise) const;
    QRect rect(const QString& key) const;
    bool flag(const QString& key, bool otherwise = false) const;
    void keep(const QString& key, const QVariant& value);  ///< no value: forgets the key
    /// Columns of a table, as TableColumns::state has them.
    Q_INVOKABLE QString tableState(const QString& table) const { return text(QStringLiteral("tables/") + table); }
    Q_INVOKABLE void keepTable(const QString& table, const QString& state);

Q_SIGNALS:
    void themeChanged();
    void languageChanged();

private:
    std::unique_ptr<QSettings> settings_;
    Theme theme_ = System;
    std::optional<Theme> override_;
    Language language_ = DesktopLanguage;
    std::optional<Language> languageOverride_;
};

}  // namespace millrace::desktop
