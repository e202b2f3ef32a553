#pragma once

#include "base/result.h"
#include "evaluate/evaluation.h"
#include "evaluate/evaluator/messages.h"
#include "evaluate/evaluator/wire.h"
#include "evaluate/repository_reader.h"
#include "image/reference.h"

/// The fields of every struct that crosses between the bot and its evaluators.
namespace towline::evaluate {

template <>
bool is_valid(const image::Tag& tag);
template <>
bool is_valid(const image::Digest& digest);

template <>
inline constexpr towline::ConfinementRule kLastOf<towline::ConfinementRule> = towline::ConfinementRule::limits_only;
template <>
inline constexpr ErrorKind kLastOf<ErrorKind> = ErrorKind::internal;
template <>
inline constexpr discovery::SourceKind kLastOf<discovery::SourceKind> = discovery::SourceKind::helm;
template <>
inline constexpr discovery::Origin kLastOf<discovery::Origin> = discovery::Origin::chart;
template <>
inline constexpr sites::SiteKind kLastOf<sites::SiteKind> = sites::SiteKind::marked;
template <>
inline constexpr git::FileMode kLastOf<git::FileMode> = git::FileMode::submodule;
template <>
inline constexpr diff::ChangeKind kLastOf<diff::ChangeKind> = diff::ChangeKind::removed;
template <>
inline constexpr policy::Level kLastOf<policy::Level> = policy::Level::skipped;
template <>
inline constexpr yaml::NodeKind kLastOf<yaml::NodeKind> = yaml::NodeKind::alias;
template <>
inline constexpr yaml::ScalarStyle kLastOf<yaml::ScalarStyle> = yaml::ScalarStyle::folded;
template <>
inline constexpr ConfigSource::Kind kLastOf<ConfigSource::Kind> = ConfigSource::Kind::text;

TOWLINE_FIELDS(yaml::Span, begin, end)
TOWLINE_FIELDS(yaml::Node, kind, style, text, tag, anchor, span, line, column, items, entries)
TOWLINE_FIELDS(yaml::Edit, span, text)

TOWLINE_FIELDS(image::ImageName, registry, repository)
TOWLINE_FIELDS(image::Version, tag, digest)

TOWLINE_FIELDS(manifest::ResourceKey, group, kind, ns, name)
TOWLINE_FIELDS(discovery::IgnoreDifference, group, kind, ns, name, json_pointers, jq_path_expressions,
               managed_fields_managers)
TOWLINE_FIELDS(discovery::HelmParameter, name, text, force_string)
TOWLINE_FIELDS(discovery::HelmOptions, release_name, ns, value_files, ignore_missing_value_files, values, parameters,
               file_parameters, skip_crds, skip_tests, skip_schema_validation, kube_version, api_versions)
TOWLINE_FIELDS(discovery::KustomizeOptions, name_prefix, name_suffix, ns, images, replicas, common_labels,
               common_annotations, force_common_labels, force_common_annotations, common_annotations_envsubst,
               label_without_selector, label_include_templates, components, ignore_missing_components, patches)
TOWLINE_FIELDS(discovery::DirectoryOptions, recurse, include, exclude)
TOWLINE_FIELDS(discovery::ValuesReference, kind, name, key, target_path, optional)
TOWLINE_FIELDS(discovery::FluxOptions, applies, generates, substitutes, substitute, substitute_from, values_from,
               lookup_directory, ns, labels, annotations)
TOWLINE_FIELDS(discovery::Source, kind, origin, path, repo_url, target_revision, chart, ref, only_ref, helm, kustomize,
               directory, flux, unsupported)
TOWLINE_FIELDS(discovery::Application, name, path, kind, ns, cluster, declared_in, recurse, ignore_differences, project,
               sources, made_from, declaration, generated_by)
TOWLINE_FIELDS(sites::ImageSite, kind, path, line, column, name, written_name, version, reference, tag, digest,
               before_name, in_flow, quotes, refusal)

TOWLINE_FIELDS(diff::FieldChange, path, before, after, hidden_by, moved, inside)
TOWLINE_FIELDS(diff::Change, kind, key, changes, masked, was, role, note)
TOWLINE_FIELDS(diff::Danger, key, message)
TOWLINE_FIELDS(diff::Diff, changes, dangers, remarks)
TOWLINE_FIELDS(policy::Finding, level, rule, application, resource, path, message, remedy)

TOWLINE_FIELDS(evaluate::ImageChange, name, from, to)
TOWLINE_FIELDS(evaluate::ReplacedImage, before, after)
TOWLINE_FIELDS(evaluate::EnvironmentCause, how, place)
TOWLINE_FIELDS(evaluate::ApplicationReport, application, environment, service, diff, problems, images, replaced_images,
               environment_cause)
TOWLINE_FIELDS(evaluate::TouchedFile, path, before, after, mode)
TOWLINE_FIELDS(evaluate::Evaluation, base, head, applications, findings, diff_hash, changed_paths, touches_config,
               config_error, conflicts, unseen, touched, sandbox_note)
TOWLINE_FIELDS(evaluate::ServiceState, environment, service, directory, sites)

TOWLINE_FIELDS(discovery::OwnRepository, addresses, name, branch, closed)
TOWLINE_FIELDS(ConfigSource, kind, text, commit)
TOWLINE_FIELDS(EvaluationQuestion, mirror, base_tip, head, config, own)
TOWLINE_FIELDS(ServicesQuestion, mirror, commit, config)
TOWLINE_FIELDS(SitesQuestion, mirror, commit, directory)
TOWLINE_FIELDS(EditsQuestion, mirror, base, directory, images)
TOWLINE_FIELDS(FileEdits, path, edits)
TOWLINE_FIELDS(RepositoryReader::Counters, renders, render_cache_hits, restarts)
TOWLINE_FIELDS(EvaluatorSettings, masking_key, kube_version, api_versions, chart_cache, allowed_hosts, disk_cache,
               search_path, sandbox, program_memory, processor_milliseconds, temporary, protocol)
TOWLINE_FIELDS(Failure, kind, message, detail)

}  // namespace towline::evaluate
