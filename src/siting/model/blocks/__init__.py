"""The named blocks of a model: what each one writes, as arrays and as algebra."""

from siting.model.blocks.registry import BUILDERS, BlockBuilder

__all__ = ["BUILDERS", "BlockBuilder"]
