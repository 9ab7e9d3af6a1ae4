-- Lines and areas among the assets: a hundredth of them, asked for by tiles that cover them all.
CREATE INDEX asset_shape ON asset USING gist (geom) WHERE ST_Dimension(geom) > 0;
